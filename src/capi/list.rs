//! `lws_dll2` and `lws_list_ptr`: lists whose nodes lie in the application's own objects.

use core::ffi::{c_int, c_void};
use core::ptr;

use super::abi::{
    lws_dll2, lws_dll2_foreach_cb_t, lws_dll2_owner, lws_dll2_owner_t, lws_dll2_t, lws_list_ptr,
    lws_list_ptr_sort_func_t,
};
use super::export;

/// Whether a node can be put into the list: both exist, and it is in none.
///
/// # Safety
/// Both are NULL or valid.
unsafe fn may_enter(node: *mut lws_dll2, list: *mut lws_dll2_owner) -> bool {
    // SAFETY: the node is not NULL.
    !node.is_null() && !list.is_null() && unsafe { (*node).owner.is_null() }
}

/// Puts a node between two neighbours, either of which may be NULL: an end of the list.
///
/// # Safety
/// The node is in no list, and the neighbours are adjacent in this one.
unsafe fn link(node: *mut lws_dll2, list: *mut lws_dll2_owner, before: *mut lws_dll2, after: *mut lws_dll2) {
    // SAFETY: the caller vouches for all of them.
    unsafe {
        node.write(lws_dll2 { prev: before, next: after, owner: list });
        *(if before.is_null() { &raw mut (*list).head } else { &raw mut (*before).next }) = node;
        *(if after.is_null() { &raw mut (*list).tail } else { &raw mut (*after).prev }) = node;
        (*list).count = (*list).count.wrapping_add(1);
    }
}

/// Puts a node in front of the first that `is_after` it, or at the end.
///
/// # Safety
/// Both are NULL or valid.
unsafe fn insert(
    node: *mut lws_dll2,
    list: *mut lws_dll2_owner,
    mut is_after: impl FnMut(*mut lws_dll2) -> bool,
) {
    // SAFETY: checked for NULL first; every node of the list is valid while it is in there.
    unsafe {
        if !may_enter(node, list) {
            return;
        }
        let mut next = (*list).head;
        while !next.is_null() && !is_after(next) {
            next = (*next).next;
        }
        let before = if next.is_null() { (*list).tail } else { (*next).prev };
        link(node, list, before, next);
    }
}

/// Puts a node in front of the first that `is_after` it, or at the end; it may be in a list before.
///
/// # Safety
/// Both are valid.
pub(super) unsafe fn insert_sorted(
    node: *mut lws_dll2,
    list: *mut lws_dll2_owner,
    is_after: impl FnMut(*mut lws_dll2) -> bool,
) {
    // SAFETY: the caller vouches for both.
    unsafe {
        lws_dll2_remove(node);
        insert(node, list, is_after);
    }
}

export! {
    fn lws_dll2_is_detached(d: *const lws_dll2) -> c_int {
        // SAFETY: not NULL, and valid by contract.
        c_int::from(d.is_null() || unsafe { (*d).owner.is_null() })
    }

    fn lws_dll2_add_head(d: *mut lws_dll2, owner: *mut lws_dll2_owner) {
        // SAFETY: NULL or valid by contract.
        unsafe { insert(d, owner, |_| true) };
    }

    fn lws_dll2_add_tail(d: *mut lws_dll2, owner: *mut lws_dll2_owner) {
        // SAFETY: NULL or valid by contract; a list's tail is one of its nodes.
        unsafe {
            if may_enter(d, owner) {
                link(d, owner, (*owner).tail, ptr::null_mut());
            }
        }
    }

    fn lws_dll2_add_before(d: *mut lws_dll2, after: *mut lws_dll2) {
        // SAFETY: NULL or valid by contract; a node's neighbours are valid while it is in a list.
        unsafe {
            if !after.is_null() && may_enter(d, (*after).owner) {
                link(d, (*after).owner, (*after).prev, after);
            }
        }
    }

    fn lws_dll2_add_sorted(
        d: *mut lws_dll2_t,
        own: *mut lws_dll2_owner_t,
        compare: Option<unsafe extern "C" fn(*const lws_dll2_t, *const lws_dll2_t) -> c_int>,
    ) {
        let Some(compare) = compare else { return };
        // SAFETY: NULL or valid by contract; `compare` gets two nodes.
        unsafe { insert(d, own, |each| compare(each, d) >= 0) };
    }

    fn lws_dll2_add_sorted_priv(
        d: *mut lws_dll2_t,
        own: *mut lws_dll2_owner_t,
        private: *mut c_void,
        compare: Option<unsafe extern "C" fn(*mut c_void, *const lws_dll2_t, *const lws_dll2_t) -> c_int>,
    ) {
        let Some(compare) = compare else { return };
        // SAFETY: NULL or valid by contract; `compare` gets what it was promised.
        unsafe { insert(d, own, |each| compare(private, each, d) >= 0) };
    }

    fn lws_dll2_remove(d: *mut lws_dll2) {
        // SAFETY: NULL or valid by contract; owner and neighbours are valid while the node is in a list.
        unsafe {
            if d.is_null() || (*d).owner.is_null() {
                return;
            }
            let lws_dll2 { prev, next, owner } = d.read();
            *(if prev.is_null() { &raw mut (*owner).head } else { &raw mut (*prev).next }) = next;
            *(if next.is_null() { &raw mut (*owner).tail } else { &raw mut (*next).prev }) = prev;
            (*owner).count = (*owner).count.saturating_sub(1);
            lws_dll2_clear(d);
        }
    }

    fn lws_dll2_clear(d: *mut lws_dll2) {
        if !d.is_null() {
            // SAFETY: valid by contract.
            unsafe { d.write(lws_dll2 { prev: ptr::null_mut(), next: ptr::null_mut(), owner: ptr::null_mut() }) };
        }
    }

    fn lws_dll2_owner_clear(d: *mut lws_dll2_owner) {
        if !d.is_null() {
            // SAFETY: valid by contract.
            unsafe { d.write(lws_dll2_owner { tail: ptr::null_mut(), head: ptr::null_mut(), count: 0 }) };
        }
    }

    fn lws_list_ptr_insert(phead: *mut lws_list_ptr, add: *mut lws_list_ptr, sort: lws_list_ptr_sort_func_t) {
        if phead.is_null() || add.is_null() {
            return;
        }
        // SAFETY: valid by contract: each member points to the next one, and the last to NULL.
        unsafe {
            let mut place = phead;
            while let Some(compare) = sort.filter(|_| !(*place).is_null()) {
                if compare(add.cast(), *place) <= 0 {
                    break;
                }
                place = (*place).cast();
            }
            *add = *place;
            *place = add.cast();
        }
    }

    fn lws_dll2_foreach_safe(
        owner: *mut lws_dll2_owner,
        user: *mut c_void,
        cb: lws_dll2_foreach_cb_t,
    ) -> c_int {
        let (false, Some(call)) = (owner.is_null(), cb) else { return 0 };
        // SAFETY: valid by contract; the next node is taken before the callback may free this one.
        unsafe {
            let mut node = (*owner).head;
            while !node.is_null() {
                let next = (*node).next;
                if call(node, user) != 0 {
                    return 1;
                }
                node = next;
            }
        }
        0
    }
}
