//! Host names to addresses, by lwIP's resolver (RFC 1035 over UDP).
//!
//! lwIP cannot take a query back. So the record of a lookup belongs to two: its handle, and lwIP until it has called
//! `found`, which it does for every query, answered or not. The last of the two frees it.

use alloc::boxed::Box;
use core::ffi::{c_char, c_void};
use core::marker::PhantomData;
use core::net::IpAddr;
use core::ptr::NonNull;

use lwip_sys::{
    DNS_MAX_NAME_LENGTH, DNS_MAX_SERVERS, ERR_INPROGRESS, ERR_MEM, ERR_OK, ERR_VAL, LWIP_DNS_ADDRTYPE_IPV4,
    LWIP_DNS_ADDRTYPE_IPV6, dns_gethostbyname_addrtype, dns_setserver, ip_addr_t,
};

use super::address;
use super::error::ResolveError;
use super::graveyard;
use super::ready::{Key, ReadyNode};
use super::token::Core;

/// The longest host name that can be looked up, in bytes: lwIP's `DNS_MAX_NAME_LENGTH` less its terminating zero.
pub const MAX_NAME: usize = DNS_MAX_NAME_LENGTH as usize - 1;

/// Tells lwIP whom to ask, in this order; further ones than lwIP has room for (`DNS_MAX_SERVERS`, 2) are left out. DHCP and
/// router advertisements do the same in a firmware that uses them.
pub fn set_name_servers(_core: &mut Core<'_>, servers: &[IpAddr]) {
    for number in 0..DNS_MAX_SERVERS as u8 {
        let server = servers.get(usize::from(number)).and_then(|server| address::to_lwip(Some(*server)));
        let server = server.as_ref().map_or(core::ptr::null(), core::ptr::from_ref);
        // SAFETY: the token says that lwIP may be entered, which copies the address; null means none.
        unsafe { dns_setserver(number, server) };
    }
}

/// Which kind of address a name is to be looked up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// An A record.
    Ipv4,
    /// An AAAA record; with the feature `ipv6`.
    Ipv6,
}

/// What lwIP's callback gets.
#[repr(C)]
pub(super) struct LookupRecord {
    /// First, so that a pointer to the record is a pointer to its node.
    node: ReadyNode,
    answer: Answer,
    /// The handle is gone: the callback frees the record.
    orphaned: bool,
    /// The graveyard's link, once the handle is gone.
    pub(super) buried: *mut LookupRecord,
}

#[derive(Clone, Copy)]
enum Answer {
    /// lwIP has yet to call `found`, with this record as its argument.
    Pending,
    Found(IpAddr),
    /// The server knows no such name, or no server answered: lwIP does not tell which.
    None,
}

/// A question for the address of a host name.
///
/// Nothing waits: [`start`](Self::start) sends the question, and the lookup is ready when there is an
/// [`answer`](Self::answer). lwIP asks up to five times in about ten seconds, then the next server. To give up, drop the
/// handle: an answer that comes later is ignored.
///
/// ```
/// use wm_websockets::net::{Family, Key, Lookup, ResolveError, Stack};
///
/// fn ask(stack: &mut Stack, key: Key) -> Result<Lookup, ResolveError> {
///     stack.with_core(|core| {
///         let mut lookup = Lookup::start(core, "broker.example", Family::Ipv4)?;
///         lookup.set_key(core, key);
///         Ok(lookup)
///     })
/// }
/// ```
#[derive(Debug)]
pub struct Lookup {
    record: NonNull<LookupRecord>,
    not_send: PhantomData<*mut ()>,
}

// SAFETY: what it leads to is reached with a token or through the stack, one at a time, from whichever thread; without either it can only be
// dropped, into lists that a critical section guards.
#[cfg(core_context = "message")]
unsafe impl Send for Lookup {}

impl Lookup {
    /// Asks. An address in place of a name, and a name that lwIP remembers from an earlier answer, are answered at once.
    ///
    /// # Errors
    /// [`ResolveError`]: nothing was asked.
    pub fn start(core: &mut Core<'_>, name: &str, family: Family) -> Result<Lookup, ResolveError> {
        let name = terminated(name)?;
        let record = LookupRecord {
            node: ReadyNode::new(),
            answer: Answer::Pending,
            orphaned: false,
            buried: core::ptr::null_mut(),
        };
        let record = wm_sys::heap::try_box(record).map_err(|_| ResolveError::NoMemory)?;
        let record = NonNull::from(Box::leak(record));
        match ask(core, &name, family, record) {
            Ok(known) => {
                let lookup = Lookup { record, not_send: PhantomData };
                if let Some(address) = known {
                    // SAFETY: lwIP answered at once, and so does not hold the record; no reference to it exists.
                    unsafe { settle(core, record, Answer::Found(address)) };
                }
                Ok(lookup)
            }
            Err(error) => {
                // SAFETY: lwIP refused, and so does not hold the record; it has no handle.
                unsafe { drop(Box::from_raw(record.as_ptr())) };
                Err(error)
            }
        }
    }

    /// Names the lookup: [`Stack::next_ready`](super::Stack::next_ready) reports `key` when there is an answer.
    pub fn set_key(&mut self, core: &mut Core<'_>, key: Key) {
        // SAFETY: the record is valid while the handle exists, and leaves the list before it is freed.
        unsafe { core.name(self.record.as_ptr().cast(), key) };
    }

    /// The address, or that there is none; `None` while lwIP still asks.
    pub fn answer(&self, _core: &mut Core<'_>) -> Option<Result<IpAddr, ResolveError>> {
        // SAFETY: the record is valid while the handle exists; the token excludes the callback.
        match unsafe { (*self.record.as_ptr()).answer } {
            Answer::Pending => None,
            Answer::Found(address) => Some(Ok(address)),
            Answer::None => Some(Err(ResolveError::NotFound)),
        }
    }
}

impl Drop for Lookup {
    #[inline(never)]
    fn drop(&mut self) {
        graveyard::bury_lookup(self.record);
    }
}

impl LookupRecord {
    /// Frees a record that lost its handle, or leaves that to the callback that is still to come.
    ///
    /// # Safety
    ///
    /// `record` is valid and has no handle.
    pub(super) unsafe fn abandon(core: &mut Core<'_>, record: NonNull<LookupRecord>) {
        // SAFETY: by contract. A record that has its answer is no longer known to lwIP: this was its last owner.
        unsafe {
            core.ready(|list| list.silence(record.as_ptr().cast()));
            match (*record.as_ptr()).answer {
                Answer::Pending => (*record.as_ptr()).orphaned = true,
                Answer::Found(_) | Answer::None => drop(Box::from_raw(record.as_ptr())),
            }
        }
    }
}

/// The name as C has it. A name that no server could know is not asked for.
fn terminated(name: &str) -> Result<[u8; MAX_NAME + 1], ResolveError> {
    let is_part_of_name =
        |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b':');
    if name.is_empty() || !name.bytes().all(is_part_of_name) {
        return Err(ResolveError::BadName);
    }
    let mut bytes = [0; MAX_NAME + 1];
    let place = bytes[..MAX_NAME].get_mut(..name.len()).ok_or(ResolveError::BadName)?;
    place.copy_from_slice(name.as_bytes());
    Ok(bytes)
}

/// Hands the question to lwIP: `Ok(None)` means that the record is lwIP's, too, until its callback has run.
fn ask(
    _core: &mut Core<'_>,
    name: &[u8; MAX_NAME + 1],
    family: Family,
    record: NonNull<LookupRecord>,
) -> Result<Option<IpAddr>, ResolveError> {
    let kind = match family {
        Family::Ipv4 => LWIP_DNS_ADDRTYPE_IPV4,
        Family::Ipv6 if cfg!(feature = "ipv6") => LWIP_DNS_ADDRTYPE_IPV6,
        Family::Ipv6 => return Err(ResolveError::NotFound),
    };
    let mut known: ip_addr_t = address::to_lwip(None).ok_or(ResolveError::NotFound)?;
    let text = name.as_ptr().cast::<c_char>();
    // SAFETY: the token says that lwIP may be entered; the name ends with a zero and is copied; the record stays valid until
    // `found` has run for it, because its handle frees it only after that.
    let result =
        unsafe { dns_gethostbyname_addrtype(text, &mut known, Some(found), record.as_ptr().cast(), kind) };
    match result {
        ERR_OK => Ok(Some(address::from_lwip(&known))),
        ERR_INPROGRESS => Ok(None),
        ERR_MEM => Err(ResolveError::Busy),
        ERR_VAL => Err(ResolveError::NoServer),
        _ => Err(ResolveError::BadName),
    }
}

/// lwIP is done with a question; `address` is null when there is no answer.
unsafe extern "C" fn found(_name: *const c_char, address: *const ip_addr_t, arg: *mut c_void) {
    let Some(record) = NonNull::new(arg.cast::<LookupRecord>()) else { return };
    // SAFETY: lwIP calls in its core context, once for each question, with the record that `ask` gave it: it is valid, and no
    // reference to it is held while lwIP runs. An orphan's last owner is this call.
    unsafe {
        if (*record.as_ptr()).orphaned {
            drop(Box::from_raw(record.as_ptr()));
            return;
        }
        let answer =
            address.as_ref().map_or(Answer::None, |address| Answer::Found(address::from_lwip(address)));
        settle(&mut Core::enter(), record, answer);
    }
}

/// # Safety
///
/// `record` is valid, and no reference to it exists.
unsafe fn settle(core: &mut Core<'_>, record: NonNull<LookupRecord>, answer: Answer) {
    // SAFETY: by contract; the record leaves the list before it is freed (`abandon`).
    unsafe {
        (*record.as_ptr()).answer = answer;
        core.announce(record.as_ptr().cast());
    }
}
