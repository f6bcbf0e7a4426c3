//! `struct lws_context`: made, served, destroyed.

use core::cell::{Cell, UnsafeCell};
use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;
use core::sync::atomic::AtomicBool;

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::abi::{
    LWS_CALLBACK_PROTOCOL_DESTROY, LWS_CALLBACK_PROTOCOL_INIT, LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
    lws_callback_reasons, lws_context, lws_context_creation_info, lws_dll2_owner, lws_plat_file_ops,
    lws_vhost,
};
use super::callback::Active;
use super::cell::RefCell;
use super::clients::{self, Dial};
use super::export;
use super::limits;
use super::machine::Network;
use super::ports::Port;
use super::system::States;
use super::tls::Engines;
use super::vhost::{Life, Vhost};
use super::wsi::{NEVER, SERVES, Wsi};
use crate::client::ClientId;
use crate::net::Stack;
use crate::server;

// In this order: half a kilobyte in front of the rest would make every instruction that reaches that longer.
#[repr(C)]
pub(super) struct Context {
    /// What the core has handed out while a callback runs.
    pub(super) active: Cell<Active>,
    /// Where data gets its padding.
    pub(super) buffer: Cell<Box<[u8]>>,
    network: Network,
    pub(super) engines: Engines,
    #[expect(clippy::vec_box, reason = "the server's handlers hold the addresses of ports")]
    pub(super) ports: RefCell<Vec<Box<Port>>>,
    pub(super) vhosts: RefCell<Vec<*mut Vhost>>,
    /// What frees those that have ended, while there are such.
    pub(super) bury_vhosts: Cell<Option<fn(&Context)>>,
    /// Some of their protocols may not know yet that they are used.
    has_new_vhosts: Cell<bool>,
    /// Its connections by the core's places; NULL where there is none.
    pub(super) wsis: RefCell<Vec<*mut Wsi>>,
    pub(super) clients: RefCell<Vec<*mut Wsi>>,
    /// What goes on with clients. Named where the first one is asked for: a firmware without one links nothing of them.
    pub(super) advance_clients: Cell<Option<fn(&Context)>>,
    /// Connections that C asked for while the core could not be reached; and clients that have ended.
    pub(super) dials: RefCell<Vec<Dial>>,
    pub(super) finished_clients: RefCell<Vec<ClientId>>,
    /// Timers of the application: `lws_sorted_usec_list` of its objects.
    pub(super) timers: UnsafeCell<lws_dll2_owner>,
    /// No timer or timeout of a connection is due before this.
    pub(super) next_due: Cell<i64>,
    pub(super) states: States,
    /// Where files lie; NULL while there are only the library's own.
    pub(super) file_operations: Cell<*const lws_plat_file_ops>,
    /// Room for the fields that C adds to a head.
    pub(super) added_fields: usize,
    user: *mut c_void,
    pcontext: *mut *mut lws_context,
    /// C has asked what happens, and so how long passes take.
    pub(super) times_passes: Cell<bool>,
    pub(super) is_serving: Cell<bool>,
    pub(super) is_doomed: Cell<bool>,
    /// `lws_cancel_service` was called, from any thread.
    pub(super) is_cancelled: AtomicBool,
    /// The server; `None` once the context is being destroyed. Borrowed while it is served.
    pub(super) core: RefCell<Option<server::Context>>,
}

/// Making.
impl Context {
    /// Out of line: what this has on the stack, two kilobytes, is gone before certificates are checked, which takes four.
    ///
    /// # Safety
    /// What `info` refers to lives as long as the context.
    #[inline(never)]
    unsafe fn new(info: &lws_context_creation_info) -> Option<Box<Self>> {
        super::machine::install();
        super::log::install();
        // Its disk is there without a word.
        #[cfg(feature = "host")]
        super::files::install();
        let mut stack =
            Stack::new().map_err(|_| log_line!(Error, "another context has lwIP: destroy it first")).ok()?;
        let network = Network::attach(&mut stack)?;
        let limits = limits::of(info);
        let places = usize::from(limits.connections) + usize::from(limits.lingering);
        let core = server::Context::new(stack, limits)
            .map_err(|error| log_line!(Error, "no context: {error}"))
            .ok()?;
        let mut wsis = Vec::new();
        wsis.try_reserve_exact(places).ok()?;
        wsis.resize(places, ptr::null_mut());
        // First, so that what follows is written where it stays.
        let room = wm_sys::heap::try_room().ok()?;
        let context = Context {
            core: RefCell::new(Some(core)),
            active: Cell::new(Active::None),
            buffer: Cell::default(),
            network,
            engines: Engines::default(),
            ports: RefCell::new(Vec::new()),
            vhosts: RefCell::new(Vec::new()),
            bury_vhosts: Cell::new(None),
            has_new_vhosts: Cell::new(false),
            wsis: RefCell::new(wsis),
            clients: RefCell::new(Vec::new()),
            advance_clients: Cell::new(None),
            dials: RefCell::new(Vec::new()),
            finished_clients: RefCell::new(Vec::new()),
            timers: UnsafeCell::new(lws_dll2_owner {
                tail: ptr::null_mut(),
                head: ptr::null_mut(),
                count: 0,
            }),
            next_due: Cell::new(NEVER),
            states: States::new(info),
            file_operations: Cell::new(ptr::null()),
            added_fields: limits::added_fields(info),
            user: info.user,
            pcontext: info.pcontext,
            times_passes: Cell::new(false),
            is_serving: Cell::new(false),
            is_doomed: Cell::new(false),
            is_cancelled: AtomicBool::new(false),
        };
        Some(Box::write(room, context))
    }

    /// The context behind C's pointer.
    ///
    /// # Safety
    /// `context` is NULL, or was created and not destroyed for `'a`.
    pub(super) unsafe fn from_c<'a>(context: *const lws_context) -> Option<&'a Self> {
        // SAFETY: the caller vouches for it.
        unsafe { context.cast::<Self>().as_ref() }
    }

    pub(super) fn as_c(&self) -> *mut lws_context {
        ptr::from_ref(self).cast_mut().cast()
    }

    /// A virtual host, with its port if it has one.
    ///
    /// # Safety
    /// What `info` refers to lives as long as the context.
    unsafe fn add_vhost(&self, info: &lws_context_creation_info) -> Option<&Vhost> {
        // SAFETY: the caller vouches for it.
        let vhost = wm_sys::heap::try_box(unsafe { Vhost::new(self, info) }?).ok()?;
        let vhost = Box::into_raw(vhost);
        if wm_sys::heap::try_push(&mut self.vhosts.borrow_mut(), vhost).is_err() {
            // SAFETY: just made.
            drop(unsafe { Box::from_raw(vhost) });
            return None;
        }
        self.has_new_vhosts.set(true);
        // SAFETY: just made, and freed with the context.
        let vhost = unsafe { &*vhost };
        if let Ok(port) = u16::try_from(vhost.port)
            && self.open_port(port, vhost).is_none()
        {
            // It has no connections yet.
            self.ports.borrow().iter().for_each(|port| port.remove(vhost));
            self.end_vhost(vhost);
            return None;
        }
        Some(vhost)
    }

    /// Serves a virtual host on a port, that of others perhaps, which their names then tell apart.
    fn open_port(&self, number: u16, vhost: &Vhost) -> Option<()> {
        if !SERVES {
            log_line!(Error, "port {number}: the library was built for clients only");
            return None;
        }
        if let Some(port) = self.ports.borrow().iter().find(|port| port.is_open_at(number)) {
            return port.share(vhost);
        }
        let port = wm_sys::heap::try_box(Port::new(self, number, vhost)?).ok()?;
        port.add(vhost)?;
        let routes = port.routes()?;
        let mut core = self.core.try_borrow_mut().ok()?;
        // First, for the list may find no memory: a server that listens refers to its port.
        wm_sys::heap::try_push(&mut self.ports.borrow_mut(), port).ok()?;
        let listening = self.ports.borrow().last()?.listen(core.as_mut()?, routes);
        if let Err(error) = listening {
            log_line!(Error, "port {number}: {error}");
            self.ports.borrow_mut().pop();
            return None;
        }
        self.open_to_host(number)
    }

    /// Where the device is a program of this machine: makes its port one of the machine's.
    pub(super) fn open_to_host(&self, port: u16) -> Option<()> {
        self.network.open(port)
    }
}

/// What it has.
impl Context {
    /// Its virtual hosts that are not to end; some may be added meanwhile.
    pub(super) fn vhosts(&self) -> impl Iterator<Item = &Vhost> {
        self.all_vhosts().filter(|vhost| !matches!(vhost.life.get(), Life::Leaving | Life::Ended))
    }

    /// All its virtual hosts.
    pub(super) fn all_vhosts(&self) -> impl Iterator<Item = &Vhost> {
        (0..).map_while(|index| {
            let vhost = *self.vhosts.borrow().get(index)?;
            // SAFETY: in the list until the context is freed.
            Some(unsafe { &*vhost })
        })
    }

    /// Whether `with_services` would work.
    pub(super) fn can_reach_services(&self) -> bool {
        !matches!(self.active.get(), Active::None) || self.core.try_borrow_mut().is_ok()
    }

    /// Calls each protocol of a virtual host, about that.
    pub(super) fn call_protocols(&self, vhost: &Vhost, reason: lws_callback_reasons) -> bool {
        let placeholder = Wsi::new(self, vhost, None, None);
        let mut fine = true;
        for protocol in vhost.protocols().filter(|protocol| vhost.uses(protocol)) {
            placeholder.protocol.set(protocol);
            let input = match reason {
                LWS_CALLBACK_PROTOCOL_INIT => vhost.options_of(protocol).cast_mut().cast(),
                _ => ptr::null_mut(),
            };
            fine &= placeholder.call(reason, input, 0) == 0;
        }
        fine
    }

    /// Has protocols that do not know yet that they are used told so.
    pub(super) fn initialize_protocols(&self) -> bool {
        let mut fine = true;
        if self.has_new_vhosts.replace(false) {
            for vhost in self.vhosts().filter(|vhost| vhost.life.get() == Life::New) {
                vhost.life.set(Life::Initialized);
                fine &= self.call_protocols(vhost, LWS_CALLBACK_PROTOCOL_INIT);
            }
        }
        fine
    }
}

/// While this lives callbacks may be called: one that destroys the context does so when the outermost of these is dropped, with which nobody
/// refers to the context any more.
pub(super) struct Calls<'a> {
    context: &'a Context,
    is_outermost: bool,
}

impl Drop for Calls<'_> {
    fn drop(&mut self) {
        if self.is_outermost {
            self.context.is_serving.set(false);
            if self.context.is_doomed.get() {
                Context::destroy(ptr::from_ref(self.context).cast_mut());
            }
        }
    }
}

/// Ending.
impl Context {
    /// To be held where callbacks are called out of a function of C's.
    pub(super) fn calls(&self) -> Calls<'_> {
        Calls { context: self, is_outermost: !self.is_serving.replace(true) }
    }

    /// Tells the protocols of a virtual host that they are used no longer, and the application that it is gone; once.
    pub(super) fn end_vhost(&self, vhost: &Vhost) {
        let before = vhost.life.replace(Life::Ended);
        if matches!(before, Life::Initialized | Life::Leaving) {
            self.call_protocols(vhost, LWS_CALLBACK_PROTOCOL_DESTROY);
        }
        if before != Life::Ended {
            vhost.finish();
        }
    }

    /// Ends everything. Connections hear of it first, protocols last.
    pub(super) fn destroy(context: *mut Context) {
        // SAFETY: created by `lws_create_context`, and destroyed once by contract.
        let context = unsafe { Box::from_raw(context) };
        context.is_doomed.set(true);
        // For what is called meanwhile this is not the outermost call.
        context.is_serving.set(true);
        context.states.end();
        drop(context.core.take());
        for wsi in context.clients.take() {
            // SAFETY: came from a box; its client is gone with the core.
            let wsi = unsafe { Box::from_raw(wsi) };
            clients::forget(&wsi);
        }
        super::timers::forget(&context);
        for vhost in context.all_vhosts() {
            context.end_vhost(vhost);
        }
        for vhost in context.vhosts.take() {
            // SAFETY: came from a box; nobody refers to it any more.
            drop(unsafe { Box::from_raw(vhost) });
        }
        if !context.pcontext.is_null() {
            // SAFETY: the application's pointer, which outlives the context by contract.
            unsafe { context.pcontext.write(ptr::null_mut()) };
        }
    }
}

/// What this library calls itself.
const VERSION: &CStr = c"4.3.3-wm-websockets-0.1.0";

export! {
    fn lws_create_context(info: *const lws_context_creation_info) -> *mut lws_context {
        // SAFETY: NULL or valid by contract.
        let Some(info) = (unsafe { info.as_ref() }) else { return ptr::null_mut() };
        // SAFETY: what `info` refers to outlives the context by contract.
        let Some(context) = (unsafe { Context::new(info) }) else { return ptr::null_mut() };
        let context = Box::into_raw(context);
        // SAFETY: just made. The application's place for it is valid by contract.
        unsafe {
            if !info.pcontext.is_null() {
                info.pcontext.write(context.cast());
            }
            let explicit = info.options & u64::from(LWS_SERVER_OPTION_EXPLICIT_VHOSTS) != 0;
            if !explicit && (*context).add_vhost(info).is_none() {
                Context::destroy(context);
                return ptr::null_mut();
            }
        }
        context.cast()
    }

    fn lws_create_vhost(context: *mut lws_context, info: *const lws_context_creation_info) -> *mut lws_vhost {
        // SAFETY: NULL or valid by contract, what `info` refers to as long as the context.
        unsafe {
            let (Some(context), Some(info)) = (Context::from_c(context), info.as_ref()) else { return ptr::null_mut() };
            context.add_vhost(info).map_or(ptr::null_mut(), Vhost::as_c)
        }
    }

    fn lws_context_destroy(context: *mut lws_context) {
        // SAFETY: NULL or valid by contract.
        match unsafe { Context::from_c(context) } {
            Some(context) if context.is_serving.get() => context.is_doomed.set(true),
            Some(context) if context.is_doomed.get() => {}
            Some(_) => Context::destroy(context.cast()),
            None => {}
        }
    }

    fn lws_context_is_being_destroyed(context: *mut lws_context) -> c_int {
        // SAFETY: NULL or valid by contract.
        unsafe { Context::from_c(context) }.map_or(1, |context| c_int::from(context.is_doomed.get()))
    }

    fn lws_context_user(context: *mut lws_context) -> *mut c_void {
        // SAFETY: NULL or valid by contract.
        unsafe { Context::from_c(context) }.map_or(ptr::null_mut(), |context| context.user)
    }

    fn lws_get_library_version() -> *const c_char {
        VERSION.as_ptr()
    }

    fn lws_canonical_hostname(context: *mut lws_context) -> *const c_char {
        let _ = context;
        c"localhost".as_ptr()
    }

    fn lws_get_count_threads(context: *mut lws_context) -> c_int {
        let _ = context;
        1
    }
}
