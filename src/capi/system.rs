//! System states, and captive portals.

use core::cell::{Cell, UnsafeCell};
use core::ffi::c_int;
use core::ptr;

use super::abi::{
    LWS_CPD_UNKNOWN, LWS_SYSTATE_CONTEXT_CREATED, LWS_SYSTATE_CONTEXT_DESTROYING, LWS_SYSTATE_OPERATIONAL,
    lws_context, lws_context_creation_info, lws_cpd_result_t, lws_dll2_owner_t, lws_state_manager_t,
    lws_state_notify_link_t, lws_system_ops_t,
};
use super::context::Context;
use super::export;
use super::list::{lws_dll2_add_tail, lws_dll2_remove};

/// The states of a context's system.
pub(super) struct States {
    manager: UnsafeCell<lws_state_manager_t>,
    notifiers: *const *mut lws_state_notify_link_t,
    operations: *const lws_system_ops_t,
    portal: Cell<lws_cpd_result_t>,
    started: Cell<bool>,
}

impl States {
    pub(super) fn new(info: &lws_context_creation_info) -> Self {
        let manager = lws_state_manager_t {
            notify_list: lws_dll2_owner_t { tail: ptr::null_mut(), head: ptr::null_mut(), count: 0 },
            context: ptr::null_mut(),
            parent: ptr::null_mut(),
            state_names: ptr::null_mut(),
            name: c"system".as_ptr(),
            state: LWS_SYSTATE_CONTEXT_CREATED as c_int,
        };
        States {
            manager: UnsafeCell::new(manager),
            notifiers: info.register_notifier_list.cast(),
            operations: info.system_ops,
            portal: Cell::new(LWS_CPD_UNKNOWN),
            started: Cell::new(false),
        }
    }

    /// Goes through all states up to the last one, at the first service.
    pub(super) fn start(&self, context: &Context) {
        if self.started.replace(true) {
            return;
        }
        let manager = self.manager.get();
        // SAFETY: the manager is the context's; the application's list is valid by contract.
        unsafe {
            (*manager).context = context.as_c();
            (*manager).parent = context.as_c().cast();
            lws_state_reg_notifier_list(manager, self.notifiers);
            lws_state_transition_steps(manager, LWS_SYSTATE_OPERATIONAL as c_int);
        }
    }

    /// The context is about to go.
    pub(super) fn end(&self) {
        // SAFETY: the manager is the context's, its links the application's and valid by contract.
        unsafe { lws_state_transition(self.manager.get(), LWS_SYSTATE_CONTEXT_DESTROYING as c_int) };
    }
}

/// Tells everybody of a change, and asks whether it may be; true: somebody postpones it.
///
/// # Safety
/// The manager is valid, its list made of links.
unsafe fn report(manager: *mut lws_state_manager_t, current: c_int, target: c_int) -> bool {
    // SAFETY: the caller vouches for it; the next link is taken before this one may go.
    unsafe {
        let mut node = (*manager).notify_list.head;
        while !node.is_null() {
            let link = node.cast::<lws_state_notify_link_t>();
            node = (*node).next;
            if let Some(notify) = (*link).notify_cb
                && notify(manager, link, current, target) != 0
            {
                return true;
            }
        }
    }
    false
}

/// Changes the state unless somebody postpones that: everybody hears of it before, and once more when it is so, with the new state as
/// both. False: it was postponed.
///
/// # Safety
/// As [`report`].
unsafe fn transition(manager: *mut lws_state_manager_t, target: c_int) -> bool {
    // SAFETY: the caller vouches for it.
    unsafe {
        if report(manager, (*manager).state, target) {
            return false;
        }
        (*manager).state = target;
        report(manager, target, target);
    }
    true
}

const _: () = assert!(core::mem::offset_of!(lws_state_notify_link_t, list) == 0);

export! {
    fn lws_state_transition(mgr: *mut lws_state_manager_t, target: c_int) -> c_int {
        // SAFETY: NULL or valid by contract, here and in all functions below.
        unsafe {
            if mgr.is_null() {
                return 1;
            }
            if (*mgr).state != target {
                transition(mgr, target);
            }
        }
        0
    }

    fn lws_state_transition_steps(mgr: *mut lws_state_manager_t, target: c_int) -> c_int {
        // SAFETY: NULL or valid by contract.
        unsafe {
            if mgr.is_null() {
                return 1;
            }
            // Whoever hears of a step may take the next ones.
            while (*mgr).state < target && transition(mgr, (*mgr).state.saturating_add(1)) {}
        }
        0
    }

    fn lws_state_reg_notifier(mgr: *mut lws_state_manager_t, nl: *mut lws_state_notify_link_t) {
        // SAFETY: NULL or valid by contract.
        unsafe {
            if !mgr.is_null() && !nl.is_null() {
                lws_dll2_add_tail(&raw mut (*nl).list, &raw mut (*mgr).notify_list);
            }
        }
    }

    fn lws_state_reg_deregister(nl: *mut lws_state_notify_link_t) {
        // SAFETY: NULL or valid by contract.
        unsafe {
            if !nl.is_null() {
                lws_dll2_remove(&raw mut (*nl).list);
            }
        }
    }

    fn lws_state_reg_notifier_list(mgr: *mut lws_state_manager_t, nl: *const *mut lws_state_notify_link_t) {
        let mut entry = nl;
        // SAFETY: NULL, or an array that ends with NULL, by contract.
        unsafe {
            while !entry.is_null() && !(*entry).is_null() {
                lws_state_reg_notifier(mgr, *entry);
                entry = entry.add(1);
            }
        }
    }

    fn lws_system_get_state_manager(context: *mut lws_context) -> *mut lws_state_manager_t {
        // SAFETY: NULL or valid by contract.
        unsafe { Context::from_c(context) }.map_or(ptr::null_mut(), |context| context.states.manager.get())
    }

    fn lws_system_context_from_system_mgr(mgr: *mut lws_state_manager_t) -> *mut lws_context {
        // SAFETY: NULL or valid by contract.
        unsafe { mgr.as_ref() }.map_or(ptr::null_mut(), |manager| manager.context)
    }

    fn lws_system_get_ops(context: *mut lws_context) -> *const lws_system_ops_t {
        // SAFETY: NULL or valid by contract.
        unsafe { Context::from_c(context) }.map_or(ptr::null(), |context| context.states.operations)
    }

    fn lws_system_cpd_start(context: *mut lws_context) -> c_int {
        // SAFETY: NULL or valid by contract, the application's operations too.
        unsafe {
            let Some(operations) = lws_system_get_ops(context).as_ref() else { return -1 };
            operations.captive_portal_detect_request.map_or(-1, |request| request(context))
        }
    }

    fn lws_system_cpd_set(context: *mut lws_context, result: lws_cpd_result_t) {
        // SAFETY: NULL or valid by contract.
        if let Some(context) = unsafe { Context::from_c(context) } {
            context.states.portal.set(result);
        }
    }

    fn lws_system_cpd_state_get(context: *mut lws_context) -> lws_cpd_result_t {
        // SAFETY: NULL or valid by contract.
        unsafe { Context::from_c(context) }.map_or(LWS_CPD_UNKNOWN, |context| context.states.portal.get())
    }
}
