//! lwIP can be asked when the heap is exhausted: with its thread reached by message (`cargo xtask test threads`) what that takes was taken
//! beforehand. Else whoever asks would wait for memory that only it could give back.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::{self, Write as _};
use std::process;
use std::ptr;
use std::thread;
use std::time::Duration;

use wm_websockets::net::{InterfaceConfig, Stack};

thread_local! {
    static EXHAUSTED: Cell<bool> = const { Cell::new(false) };
}

/// A heap that this test's thread finds empty when it wants to.
struct Heap;

// SAFETY: as `System`, or null.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match EXHAUSTED.get() {
            true => ptr::null_mut(),
            // SAFETY: by the caller's contract.
            false => unsafe { System.alloc(layout) },
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: by the caller's contract.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static HEAP: Heap = Heap;

/// Much longer than lwIP takes to answer.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn lwip_is_asked_without_memory() {
    wm_sys::host::install();
    let mut stack = Stack::new().expect("the first stack");
    let network = wm_sys::host::UserNetwork::start().expect("a gateway");
    stack.attach(Box::new(network), &InterfaceConfig::USER_NETWORK).expect("there is memory");
    thread::spawn(|| {
        thread::sleep(PATIENCE);
        // Not captured, as what `eprintln` says would be.
        writeln!(io::stderr(), "lwIP was not asked").ok();
        process::exit(1);
    });
    EXHAUSTED.set(true);
    let addresses = stack.addresses();
    EXHAUSTED.set(false);
    assert!(addresses.is_some(), "it has the address that it was given");
}
