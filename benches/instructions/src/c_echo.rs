//! The same server written in C, on the C API (feature `capi`).

use std::ffi::{c_char, c_int, c_void};
use std::mem::MaybeUninit;
use std::{ptr, slice};

use wm_sys::Device;

use crate::link::{DEVICE_ADDRESS, Link};
use crate::measure::outside;

/// `struct wm_ethernet` of `wm_ethernet.h`.
#[repr(C)]
struct Ethernet {
    driver: *mut c_void,
    hardware_address: [u8; 6],
    address: [u8; 4],
    netmask: [u8; 4],
    gateway: [u8; 4],
    transmit: unsafe extern "C" fn(*mut c_void, *const Piece, usize) -> c_int,
    pending: unsafe extern "C" fn(*mut c_void) -> usize,
    receive: unsafe extern "C" fn(*mut c_void, *mut u8, usize),
    discard: unsafe extern "C" fn(*mut c_void),
    host_name: *const c_char,
    is_link_up: Option<unsafe extern "C" fn(*mut c_void) -> c_int>,
}

/// `struct wm_ethernet_piece`.
#[repr(C)]
struct Piece {
    bytes: *const u8,
    length: usize,
}

unsafe extern "C" {
    fn echo_start(ethernet: *const Ethernet) -> *mut c_void;
    fn echo_work(context: *mut c_void) -> c_int;
    fn echo_end(context: *mut c_void);
}

/// A context of C. Its driver lives as long as the program.
pub struct CEcho(*mut c_void);

impl CEcho {
    pub fn start(link: &Link) -> Self {
        let driver = Box::leak(Box::new(link.clone()));
        let ethernet = Box::leak(Box::new(Ethernet {
            driver: (&raw mut *driver).cast(),
            hardware_address: DEVICE_ADDRESS,
            address: [10, 0, 2, 15],
            netmask: [255, 255, 255, 0],
            gateway: [10, 0, 2, 2],
            transmit,
            pending,
            receive,
            discard,
            host_name: ptr::null(),
            is_link_up: None,
        }));
        // SAFETY: the driver is for ever.
        let context = unsafe { echo_start(ethernet) };
        assert!(!context.is_null(), "there is memory");
        CEcho(context)
    }

    pub fn work(&mut self) {
        // SAFETY: the context lives.
        assert_eq!(unsafe { echo_work(self.0) }, 0);
    }
}

impl Drop for CEcho {
    fn drop(&mut self) {
        // SAFETY: it is used no more.
        unsafe { echo_end(self.0) };
    }
}

/// # Safety
/// `driver` is the link that [`CEcho::start`] made; nobody else uses it during a call.
unsafe fn link<'l>(driver: *mut c_void) -> &'l mut Link {
    // SAFETY: the caller vouches for it.
    unsafe { &mut *driver.cast() }
}

unsafe extern "C" fn transmit(driver: *mut c_void, pieces: *const Piece, count: usize) -> c_int {
    // SAFETY: by the contract of `wm_ethernet.h`.
    outside(|| unsafe {
        let pieces = slice::from_raw_parts(pieces, count).iter();
        let bytes = pieces.flat_map(|piece| slice::from_raw_parts(piece.bytes, piece.length));
        link(driver).send(bytes.copied().collect());
    });
    0
}

unsafe extern "C" fn pending(driver: *mut c_void) -> usize {
    // SAFETY: by the contract.
    unsafe { link(driver) }.pending().unwrap_or(0)
}

unsafe extern "C" fn receive(driver: *mut c_void, frame: *mut u8, length: usize) {
    // SAFETY: by the contract.
    unsafe { link(driver).receive(slice::from_raw_parts_mut(frame.cast::<MaybeUninit<u8>>(), length)) };
}

unsafe extern "C" fn discard(driver: *mut c_void) {
    // SAFETY: by the contract.
    unsafe { link(driver) }.discard();
}
