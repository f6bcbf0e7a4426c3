//! A listening port.

use alloc::boxed::Box;
use core::marker::PhantomData;
use core::net::{IpAddr, SocketAddr};
use core::ptr::{self, NonNull};

use lwip_sys::{
    ERR_OK, ERR_USE, SOF_REUSEADDR, TCP_PRIO_MIN, err_t, ip_set_option, tcp_accept, tcp_arg,
    tcp_backlog_accepted, tcp_bind, tcp_bind_netif, tcp_close, tcp_listen_with_backlog_and_err,
    tcp_new_ip_type, tcp_pcb, tcp_setprio,
};

use super::address;
use super::callbacks;
use super::error::{Disconnected, ListenError};
use super::interface::InterfaceName;
use super::ready::{Key, ReadyNode};
use super::record::{KEPT_FREE, Record};
use super::stream::TcpStream;
use super::token::{Core, exclusively};

/// lwIP's priority of connections that are begun by half: above what closes, so that this makes way for them; below all others.
const HALF_OPEN: u8 = TCP_PRIO_MIN + 1;

/// Where and how to listen.
///
/// ```
/// use wm_websockets::net::ListenOptions;
/// let options = ListenOptions { backlog: 4, ..ListenOptions::port(80) };
/// assert_eq!(options.address, None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenOptions {
    /// The local address; `None` is every address, of both families where `ipv6` is enabled.
    pub address: Option<IpAddr>,
    /// Only who comes by this interface is heard, whatever its address: pages for setting up, by the device's own access point alone, say.
    /// lwIP before 2.1.3 ignores that.
    pub interface: Option<InterfaceName>,
    /// The local TCP port; 0 lets lwIP choose.
    pub port: u16,
    /// Connections that may be established or half-open before [`TcpListener::accept`] takes them; further SYNs are ignored, and sent again by
    /// the peer, after 1, 3, 7 seconds. Each costs a PCB and a record, about 220 bytes, and what has come of it.
    pub backlog: u8,
}

impl ListenOptions {
    /// Every local address, and a backlog of 32.
    pub const fn port(port: u16) -> Self {
        ListenOptions { address: None, interface: None, port, backlog: 32 }
    }
}

/// Connections that never reached [`TcpListener::accept`], since the last time somebody asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AcceptFailures {
    /// No memory for a PCB or a record.
    pub no_memory: u32,
    /// The peer was gone before it was accepted.
    pub gone: u32,
}

/// What lwIP told us about a listening PCB.
#[repr(C)]
pub(super) struct ListenerRecord {
    node: ReadyNode,
    pcb: *mut tcp_pcb,
    /// Established and waiting, oldest first, linked through `Record::sibling`.
    pending_head: *mut Record,
    pending_tail: *mut Record,
    failures: AcceptFailures,
    /// Places that connections may not use before they are accepted.
    pub(super) kept_free: u8,
    /// The graveyard's link, once the handle is gone.
    pub(super) buried: *mut ListenerRecord,
}

impl ListenerRecord {
    /// # Safety
    ///
    /// `listener` is valid, and no reference to it is held: another task may look at its node. `record` has no handle, and is not queued
    /// elsewhere.
    pub(super) unsafe fn enqueue(
        listener: *mut ListenerRecord,
        core: &mut Core<'_>,
        record: NonNull<Record>,
    ) {
        // SAFETY: by contract.
        unsafe {
            (*listener).link(record);
            core.announce(&raw mut (*listener).node);
        }
    }

    /// # Safety
    ///
    /// `listener` is valid, and no reference to it is held.
    pub(super) unsafe fn note_no_memory(listener: *mut ListenerRecord, core: &mut Core<'_>) {
        // SAFETY: by contract.
        unsafe {
            let lost = &raw mut (*listener).failures.no_memory;
            *lost = (*lost).saturating_add(1);
            core.announce(&raw mut (*listener).node);
        }
    }

    /// Lets go of those whose peers were gone before they were accepted. lwIP does not count them any more: who connects and resets over
    /// and over again would fill the heap while nobody accepts.
    ///
    /// # Safety
    ///
    /// `listener` is valid, and no reference to it is held.
    pub(super) unsafe fn forget_gone(listener: *mut ListenerRecord, core: &mut Core<'_>) {
        // SAFETY: by contract. Records of the queue are valid and have no handle; those that stay are linked anew, in their order.
        unsafe {
            let mut next = ptr::replace(&raw mut (*listener).pending_head, ptr::null_mut());
            (*listener).pending_tail = ptr::null_mut();
            while let Some(record) = NonNull::new(next) {
                next = (*record.as_ptr()).sibling;
                if (*record.as_ptr()).pcb.is_null() {
                    (*listener).note_gone();
                    Record::free(core, record);
                } else {
                    (*listener).link(record);
                }
            }
        }
    }

    fn note_gone(&mut self) {
        self.failures.gone = self.failures.gone.saturating_add(1);
    }

    /// # Safety
    ///
    /// As for [`enqueue`](Self::enqueue).
    unsafe fn link(&mut self, record: NonNull<Record>) {
        // SAFETY: by contract; `pending_tail` is a record of this queue.
        unsafe {
            (*record.as_ptr()).sibling = ptr::null_mut();
            match self.pending_tail.is_null() {
                true => self.pending_head = record.as_ptr(),
                false => (*self.pending_tail).sibling = record.as_ptr(),
            }
        }
        self.pending_tail = record.as_ptr();
    }

    fn dequeue(&mut self) -> Option<NonNull<Record>> {
        let record = NonNull::new(self.pending_head)?;
        // SAFETY: a record of this queue is valid: only `accept` and `drop` take it out.
        unsafe { self.pending_head = (*record.as_ptr()).sibling };
        if self.pending_head.is_null() {
            self.pending_tail = ptr::null_mut();
        }
        Some(record)
    }
}

/// A port that accepts connections. Dropping it without [`TcpListener::close`] closes it when the stack is next polled.
///
/// ```
/// use wm_websockets::net::{ListenError, ListenOptions, Stack, TcpListener};
///
/// fn listen(stack: &mut Stack) -> Result<TcpListener, ListenError> {
///     stack.with_core(|core| TcpListener::bind(core, &ListenOptions::port(80)))
/// }
/// ```
#[derive(Debug)]
pub struct TcpListener {
    record: NonNull<ListenerRecord>,
    not_send: PhantomData<*mut ()>,
}

// SAFETY: what it leads to is reached with a token or through the stack, one at a time, from whichever thread; without either it can only be
// dropped, into lists that a critical section guards.
#[cfg(core_context = "message")]
unsafe impl Send for TcpListener {}

impl TcpListener {
    /// Listens. Accepted streams appear through [`TcpListener::accept`].
    pub fn bind(core: &mut Core<'_>, options: &ListenOptions) -> Result<TcpListener, ListenError> {
        let record = ListenerRecord {
            node: ReadyNode::new(),
            pcb: ptr::null_mut(),
            pending_head: ptr::null_mut(),
            pending_tail: ptr::null_mut(),
            failures: AcceptFailures::default(),
            kept_free: 0,
            buried: ptr::null_mut(),
        };
        let mut record = wm_sys::heap::try_box(record).map_err(|_| ListenError::NoMemory)?;
        record.pcb = listening_pcb(core, options)?.as_ptr();
        let record = NonNull::from(Box::leak(record));
        // SAFETY: the PCB was just made; the record lives until `close` has closed it. Only argument and accept callback are
        // set: a listening PCB is a smaller struct that has no others.
        unsafe {
            tcp_arg((*record.as_ptr()).pcb, record.as_ptr().cast());
            tcp_accept((*record.as_ptr()).pcb, Some(callbacks::accepted));
        }
        Ok(TcpListener { record, not_send: PhantomData })
    }

    /// Names the listener: [`Stack::next_ready`](super::Stack::next_ready) reports `key` when a connection waits.
    pub fn set_key(&mut self, core: &mut Core<'_>, key: Key) {
        // SAFETY: the record is valid while the handle exists, and leaves the list before it is freed.
        unsafe { core.name(self.record.as_ptr().cast(), key) };
    }

    /// Connections may have to wait long before they are accepted: until then no more is kept of each than two segments. To be said before there
    /// are any.
    #[cfg(feature = "server")]
    pub(crate) fn keep_little_of_who_waits(&mut self, _core: &mut Core<'_>) {
        // SAFETY: the record is valid while the handle exists; the token excludes the callbacks.
        unsafe { (*self.record.as_ptr()).kept_free = KEPT_FREE };
    }

    /// The oldest established connection, if one waits.
    pub fn accept(&mut self, core: &mut Core<'_>) -> Option<TcpStream> {
        loop {
            // SAFETY: the record is valid while the handle exists.
            let record = unsafe { (*self.record.as_ptr()).dequeue()? };
            // SAFETY: a dequeued record is valid and has no handle: it gets its one here, or is freed.
            unsafe {
                let pcb = (*record.as_ptr()).pcb;
                if pcb.is_null() && !(*record.as_ptr()).has_received() {
                    (*self.record.as_ptr()).note_gone();
                    Record::free(core, record);
                    continue;
                }
                if !pcb.is_null() {
                    tcp_backlog_accepted(pcb);
                }
                let kept_free = (*self.record.as_ptr()).kept_free;
                exclusively(|| (*record.as_ptr()).free_places(kept_free));
                return Some(TcpStream::from_record(record));
            }
        }
    }

    /// Whether [`accept`](Self::accept) has something to look at.
    pub fn is_waiting(&self, _core: &mut Core<'_>) -> bool {
        // SAFETY: the record is valid while the handle exists; the token excludes the callbacks.
        unsafe { !(*self.record.as_ptr()).pending_head.is_null() }
    }

    /// What was lost since the last call.
    pub fn take_failures(&mut self, _core: &mut Core<'_>) -> AcceptFailures {
        // SAFETY: the record is valid while the handle exists; the token excludes the callbacks.
        unsafe { core::mem::take(&mut (*self.record.as_ptr()).failures) }
    }

    /// The address and port listened on; the port is lwIP's choice where 0 was asked for.
    pub fn local_address(&self, _core: &mut Core<'_>) -> SocketAddr {
        // SAFETY: the listening PCB is valid while the handle exists; its address members are common to both PCB types.
        unsafe {
            let pcb = (*self.record.as_ptr()).pcb;
            SocketAddr::new(address::from_lwip(&(*pcb).local_ip), (*pcb).local_port)
        }
    }

    /// Stops listening at once. Connections that nobody accepted are reset.
    pub fn close(self, core: &mut Core<'_>) {
        let record = self.record;
        core::mem::forget(self);
        // SAFETY: the handle is gone, so this is the one owner.
        unsafe { ListenerRecord::free(core, record) };
    }
}

impl ListenerRecord {
    /// # Safety
    ///
    /// No handle points to the record any more.
    pub(super) unsafe fn free(core: &mut Core<'_>, listener: NonNull<ListenerRecord>) {
        // SAFETY: by contract nobody else owns the record. A listening PCB always closes (tcp_close: LISTEN frees it), and
        // forgets its half-open children; those already established are ours to abort.
        unsafe {
            let pointer = listener.as_ptr();
            tcp_close((*pointer).pcb);
            while let Some(record) = (*pointer).dequeue() {
                if let Some(pcb) = Record::detach(record.as_ptr(), core, Disconnected::Aborted) {
                    lwip_sys::tcp_abort(pcb.as_ptr());
                }
                Record::free(core, record);
            }
            core.ready(|list| list.remove(pointer.cast()));
            drop(Box::from_raw(pointer));
        }
    }
}

impl Drop for TcpListener {
    fn drop(&mut self) {
        super::graveyard::bury_listener(self.record);
    }
}

fn listening_pcb(core: &mut Core<'_>, options: &ListenOptions) -> Result<NonNull<tcp_pcb>, ListenError> {
    let local = address::to_lwip(options.address).ok_or(ListenError::Unsupported)?;
    let interface = match options.interface {
        Some(name) => Some(name.find(core).ok_or(ListenError::NoInterface)?),
        None => None,
    };
    let _lwip_entered = core;
    // SAFETY: the token says that lwIP may be entered; the PCB is ours until `tcp_listen_with_backlog_and_err` replaces it,
    // which on failure leaves it to us.
    unsafe {
        let pcb =
            NonNull::new(tcp_new_ip_type(address::any_type(options.address))).ok_or(ListenError::NoMemory)?;
        // Connections that still close on this port are no reason not to listen: a server may restart.
        ip_set_option(pcb.as_ptr(), SOF_REUSEADDR);
        // Connections begun by half have it from here: when PCBs run out, lwIP gives them up for one that we begin.
        tcp_setprio(pcb.as_ptr(), HALF_OPEN);
        if let Some(interface) = interface {
            tcp_bind_netif(pcb.as_ptr(), interface.as_ptr());
        }
        let bound = tcp_bind(pcb.as_ptr(), &local, options.port);
        if let Some(error) = listen_error(bound) {
            tcp_close(pcb.as_ptr());
            return Err(error);
        }
        let mut err: err_t = ERR_OK;
        let listening = tcp_listen_with_backlog_and_err(pcb.as_ptr(), options.backlog.max(1), &mut err);
        NonNull::new(listening).ok_or_else(|| {
            tcp_close(pcb.as_ptr());
            listen_error(err).unwrap_or(ListenError::NoMemory)
        })
    }
}

fn listen_error(err: err_t) -> Option<ListenError> {
    match err {
        ERR_OK => None,
        ERR_USE => Some(ListenError::AddressInUse),
        _ => Some(ListenError::NoMemory),
    }
}
