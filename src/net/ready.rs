//! The ready list: which endpoints have news, in the order in which it came.
//!
//! It is intrusive, so putting an endpoint on it cannot fail: every record starts with a [`ReadyNode`].

use core::mem;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};

use super::core_context::IS_THREADED;

/// With lwIP in a thread of its own: the list is not empty, as somebody outside the core context may know.
static ANNOUNCED: AtomicBool = AtomicBool::new(false);

/// Whether an endpoint is ready, without entering lwIP, where lwIP has a thread of its own.
pub(super) fn is_announced() -> bool {
    ANNOUNCED.load(Ordering::Acquire)
}

/// The application's name for an endpoint: what [`Stack::next_ready`](super::Stack::next_ready) returns.
///
/// An endpoint without a key is never reported. `Key` is any number but `u32::MAX`.
///
/// ```
/// use wm_websockets::net::Key;
/// assert_eq!(Key::new(7).map(Key::get), Some(7));
/// assert_eq!(Key::new(u32::MAX), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u32);

impl Key {
    const NONE: u32 = u32::MAX;

    /// A key, unless it is `u32::MAX`, which stands for "none".
    pub const fn new(number: u32) -> Option<Key> {
        if number == Key::NONE { None } else { Some(Key(number)) }
    }

    /// The number given to [`Key::new`].
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// The first member of every record.
#[repr(C)]
pub(super) struct ReadyNode {
    next: *mut ReadyNode,
    key: u32,
    queued: bool,
    /// Something happened; kept while there is no key, so that an endpoint is not forgotten before it has one.
    news: bool,
}

impl ReadyNode {
    pub(super) const fn new() -> Self {
        ReadyNode { next: ptr::null_mut(), key: Key::NONE, queued: false, news: false }
    }
}

/// First in, first out; an endpoint stands in it at most once.
pub(super) struct ReadyList {
    head: *mut ReadyNode,
    tail: *mut ReadyNode,
    /// A peer has said all that it has to say for now.
    pushed: bool,
}

impl ReadyList {
    pub(super) const fn new() -> Self {
        ReadyList { head: ptr::null_mut(), tail: ptr::null_mut(), pushed: false }
    }

    /// Notes news at an endpoint. True: the application must be woken, once the list is let go of.
    ///
    /// # Safety
    ///
    /// `node` is the node of a live record, and stays valid until it is popped or removed.
    #[inline(never)]
    #[must_use]
    pub(super) unsafe fn push(&mut self, node: *mut ReadyNode) -> bool {
        // SAFETY: `node` is valid by contract; `tail` is null or a node pushed earlier and still valid by contract.
        unsafe {
            (*node).news = true;
            if (*node).queued || (*node).key == Key::NONE {
                return false;
            }
            (*node).queued = true;
            (*node).next = ptr::null_mut();
            if self.tail.is_null() {
                self.head = node;
            } else {
                (*self.tail).next = node;
            }
            self.tail = node;
        }
        // Once is enough: who was woken comes until the list is empty.
        let is_first = IS_THREADED && !is_announced();
        if is_first {
            ANNOUNCED.store(true, Ordering::Release);
        }
        is_first
    }

    /// Names an endpoint; news that came before the name is reported now. True: as for [`push`](Self::push).
    ///
    /// # Safety
    ///
    /// As for [`push`](Self::push).
    #[must_use]
    pub(super) unsafe fn set_key(&mut self, node: *mut ReadyNode, key: Key) -> bool {
        // SAFETY: `node` is valid by contract.
        unsafe {
            (*node).key = key.0;
            (*node).news && self.push(node)
        }
    }

    /// Takes an endpoint off the list, and its name from it: what happens to it from here on is no news.
    ///
    /// # Safety
    ///
    /// `node` is the node of a live record.
    #[cfg(feature = "client")]
    pub(super) unsafe fn silence(&mut self, node: *mut ReadyNode) {
        // SAFETY: valid by contract.
        unsafe {
            self.remove(node);
            (*node).key = Key::NONE;
        }
    }

    /// A segment came with PSH (RFC 9293 section 3.9.1.2): no further one follows soon.
    pub(super) fn note_pushed(&mut self) {
        self.pushed = true;
    }

    /// Whether one came since the last time.
    pub(super) fn take_pushed(&mut self) -> bool {
        mem::take(&mut self.pushed)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.head.is_null()
    }

    /// Takes the endpoint that has waited longest.
    pub(super) fn pop(&mut self) -> Option<Key> {
        let node = self.head;
        if node.is_null() {
            return None;
        }
        // SAFETY: nodes on the list are valid: `push` demands it, and `remove` takes a record off before it is freed.
        unsafe {
            self.head = (*node).next;
            if self.head.is_null() {
                self.tail = ptr::null_mut();
            }
            (*node).queued = false;
            (*node).news = false;
            self.note_emptied();
            Some(Key((*node).key))
        }
    }

    /// Takes an endpoint off the list, before its record is freed. The list holds only what is ready now: a short walk.
    ///
    /// # Safety
    ///
    /// `node` is the node of a live record.
    pub(super) unsafe fn remove(&mut self, node: *mut ReadyNode) {
        // SAFETY: `node` is valid by contract, the nodes on the list as in `pop`.
        unsafe {
            if !(*node).queued {
                return;
            }
            (*node).queued = false;
            let mut previous: *mut ReadyNode = ptr::null_mut();
            let mut current = self.head;
            while current != node {
                previous = current;
                current = (*current).next;
            }
            if previous.is_null() {
                self.head = (*node).next;
            } else {
                (*previous).next = (*node).next;
            }
            if self.tail == node {
                self.tail = previous;
            }
        }
        self.note_emptied();
    }

    fn note_emptied(&self) {
        if IS_THREADED && self.is_empty() {
            ANNOUNCED.store(false, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(number: u32) -> ReadyNode {
        ReadyNode { key: number, ..ReadyNode::new() }
    }

    fn drain(list: &mut ReadyList) -> alloc::vec::Vec<u32> {
        core::iter::from_fn(|| list.pop().map(Key::get)).collect()
    }

    #[test]
    fn reports_each_endpoint_once_and_in_order() {
        let (mut list, mut a, mut b) = (ReadyList::new(), named(1), named(2));
        // SAFETY: the nodes live to the end of the test.
        unsafe {
            _ = list.push(&mut a);
            _ = list.push(&mut b);
            _ = list.push(&mut a);
        }
        assert_eq!(drain(&mut list), [1, 2]);
    }

    #[test]
    fn removes_first_middle_and_last() {
        for removed in 1..=3 {
            let mut list = ReadyList::new();
            let mut nodes = [named(1), named(2), named(3)];
            let base = nodes.as_mut_ptr();
            // SAFETY: the nodes live to the end of the loop body; `base` is the only way they are reached.
            unsafe {
                (0..3).for_each(|i| _ = list.push(base.add(i)));
                list.remove(base.add(removed as usize - 1));
                assert!(!drain(&mut list).contains(&removed));
                _ = list.push(base.add(removed as usize - 1));
            }
            assert_eq!(drain(&mut list), [removed]);
        }
    }

    #[test]
    fn news_before_the_name_is_not_lost() {
        let (mut list, mut node) = (ReadyList::new(), ReadyNode::new());
        // SAFETY: the node lives to the end of the test.
        unsafe {
            _ = list.push(&mut node);
            assert_eq!(list.pop(), None);
            _ = list.set_key(&mut node, Key(9));
        }
        assert_eq!(list.pop(), Some(Key(9)));
    }
}
