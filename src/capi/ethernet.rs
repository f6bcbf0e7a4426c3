//! `wm_ethernet.h`: an Ethernet driver of C as a [`Device`].

use alloc::boxed::Box;
use core::cell::Cell;
use core::ffi::{c_char, c_int, c_void};
use core::hint::black_box;
use core::mem::MaybeUninit;
use core::ptr;
use core::slice;
use core::sync::atomic::{AtomicPtr, Ordering};

use critical_section::Mutex;
use wm_sys::{Device, TransmitError};

use super::abi::lws_context;
#[cfg(feature = "dhcp")]
use super::boundary;
use super::rust::with_context;
#[cfg(feature = "dhcp")]
use crate::net::HostName;
use crate::net::{AttachError, InterfaceConfig, Stack};

/// `struct wm_ethernet_piece`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Piece {
    bytes: *const u8,
    length: usize,
}

/// `struct wm_ethernet`.
#[repr(C)]
pub(super) struct Ethernet {
    driver: *mut c_void,
    hardware_address: [u8; 6],
    address: [u8; 4],
    netmask: [u8; 4],
    gateway: [u8; 4],
    transmit: Option<unsafe extern "C" fn(*mut c_void, *const Piece, usize) -> c_int>,
    pending: Option<unsafe extern "C" fn(*mut c_void) -> usize>,
    receive: Option<unsafe extern "C" fn(*mut c_void, *mut u8, usize)>,
    discard: Option<unsafe extern "C" fn(*mut c_void)>,
    host_name: *const c_char,
    is_link_up: Option<unsafe extern "C" fn(*mut c_void) -> c_int>,
}

impl Ethernet {
    fn config(&self) -> InterfaceConfig {
        InterfaceConfig {
            address: self.address.into(),
            netmask: self.netmask.into(),
            gateway: self.gateway.into(),
        }
    }

    /// What the network is to know it by.
    #[cfg(feature = "dhcp")]
    fn host_name(&self) -> Option<HostName> {
        // SAFETY: NULL or a text by contract.
        let name = unsafe { boundary::text(self.host_name) }?;
        let allowed = HostName::from_bytes(name);
        if allowed.is_none() {
            log_line!(
                Error,
                "a host name has letters, digits and hyphens, 63 at most: the interface has none"
            );
        }
        allowed
    }
}

/// Pieces of a frame: what lwIP makes of a segment that was queued in parts.
const MOST_PIECES: usize = 8;

static ATTACHED: AtomicPtr<Ethernet> = AtomicPtr::new(ptr::null_mut());

/// What gives lwIP the interface, once C has attached a driver: a firmware that drives lwIP's interface itself links nothing of it.
static ATTACH: Mutex<Cell<Option<Attach>>> = Mutex::new(Cell::new(None));

type Attach = fn(&mut Stack) -> Result<(), AttachError>;

/// For C: the interface of the contexts to come.
///
/// # Safety
/// NULL, or valid as long as one of those lives.
#[unsafe(no_mangle)]
unsafe extern "C" fn wm_ethernet_attach(ethernet: *const Ethernet) {
    ATTACHED.store(ethernet.cast_mut(), Ordering::Release);
    // The compiler, which sees that there is one value alone, would call it directly, and so link it always.
    let attach: Attach = black_box(attach);
    critical_section::with(|cs| ATTACH.borrow(cs).set(Some(attach)));
}

/// For C: the interface's address.
///
/// # Safety
/// As for all functions of C: pointers are NULL or valid.
#[unsafe(no_mangle)]
unsafe extern "C" fn wm_ethernet_address(context: *mut lws_context, address: *mut [u8; 4]) -> c_int {
    // SAFETY: the caller vouches for both.
    let (addresses, to) =
        unsafe { (with_context(context, |context| context.stack().addresses()), address.as_mut()) };
    let (Some(addresses), Some(to)) = (addresses.flatten(), to) else { return -1 };
    *to = addresses.address.octets();
    0
}

/// Gives lwIP the interface whose driver C has attached, if it has.
pub(super) fn attach_to(stack: &mut Stack) -> Result<(), AttachError> {
    critical_section::with(|cs| ATTACH.borrow(cs).get()).map_or(Ok(()), |attach| attach(stack))
}

fn attach(stack: &mut Stack) -> Result<(), AttachError> {
    // SAFETY: NULL, or valid by contract.
    let Some(ethernet) = (unsafe { ATTACHED.load(Ordering::Acquire).as_ref() }) else { return Ok(()) };
    let driver = Box::new(Driver(ethernet));
    #[cfg(feature = "dhcp")]
    if ethernet.config().address.is_unspecified() {
        return stack.attach_with_dhcp(driver, ethernet.host_name());
    }
    stack.attach(driver, &ethernet.config())
}

/// A driver of C.
struct Driver(&'static Ethernet);

// SAFETY: the contract of `wm_ethernet.h`: the functions are called one at a time, from lwIP's thread too where it has one.
unsafe impl Send for Driver {}

impl Device for Driver {
    fn hardware_address(&self) -> [u8; 6] {
        self.0.hardware_address
    }

    fn transmit(&mut self, frame: &[&[u8]]) -> Result<(), TransmitError> {
        let mut pieces = [Piece { bytes: ptr::null(), length: 0 }; MOST_PIECES];
        let Some(used) = pieces.get_mut(..frame.len()) else { return Err(TransmitError::TooLong) };
        for (piece, bytes) in used.iter_mut().zip(frame) {
            *piece = Piece { bytes: bytes.as_ptr(), length: bytes.len() };
        }
        let transmit = self.0.transmit.ok_or(TransmitError::Busy)?;
        // SAFETY: the driver's function, with pieces that live for the call.
        match unsafe { transmit(self.0.driver, used.as_ptr(), used.len()) } {
            0 => Ok(()),
            _ => Err(TransmitError::Busy),
        }
    }

    fn pending(&mut self) -> Option<usize> {
        // SAFETY: the driver's function.
        self.0.pending.map(|pending| unsafe { pending(self.0.driver) }).filter(|length| *length > 0)
    }

    fn receive<'f>(&mut self, frame: &'f mut [MaybeUninit<u8>]) -> &'f mut [u8] {
        let Some(receive) = self.0.receive else { return &mut [] };
        let (start, length) = (frame.as_mut_ptr().cast::<u8>(), frame.len());
        // SAFETY: the driver's function writes all `length` bytes by contract: zeroing them first would take as long as it does.
        unsafe {
            receive(self.0.driver, start, length);
            slice::from_raw_parts_mut(start, length)
        }
    }

    fn is_link_up(&mut self) -> bool {
        // SAFETY: the driver's function.
        self.0.is_link_up.is_none_or(|is_link_up| unsafe { is_link_up(self.0.driver) } != 0)
    }

    fn discard(&mut self) {
        if let Some(discard) = self.0.discard {
            // SAFETY: the driver's function.
            unsafe { discard(self.0.driver) };
        }
    }
}
