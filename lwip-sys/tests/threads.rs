//! lwIP in a thread of its own, on this crate's semaphores and mailboxes: with `NO_SYS=0` in lwipopts.h or `LWIP_DEFINES`.
#![cfg(port_threads)]

use core::ffi::c_void;
use core::ptr;
use std::env;
use std::process::Command;
use std::sync::OnceLock;

use lwip_sys::{ERR_OK, netif_set_default, tcpip_api_call, tcpip_api_call_data, tcpip_init};

const TRESPASS: &str = "ENTER_LWIP_FROM_OUTSIDE";

/// Starts lwIP's thread, and returns once it runs.
fn start() {
    static HAS_STARTED: OnceLock<()> = OnceLock::new();
    unsafe extern "C" fn started(_argument: *mut c_void) {
        let _ = HAS_STARTED.set(());
    }
    wm_sys::host::install();
    // SAFETY: once in this process, before everything else.
    unsafe { tcpip_init(Some(started), ptr::null_mut()) };
    HAS_STARTED.wait();
}

/// Makes lwIP check where it was entered.
fn enter() {
    // SAFETY: no interface is a valid default one; where this is called from is what the tests are about.
    unsafe { netif_set_default(ptr::null_mut()) };
}

unsafe extern "C" fn visit(_call: *mut tcpip_api_call_data) -> lwip_sys::err_t {
    enter();
    ERR_OK
}

/// In one process lwIP is started once: one test.
#[test]
fn lwip_is_entered_in_its_core_context_or_the_program_ends() {
    start();
    let mut call = core::mem::MaybeUninit::<tcpip_api_call_data>::uninit();
    // A thousand times, so that messages, semaphores and the lock are used while lwIP's own timers run.
    for _ in 0..1000 {
        // SAFETY: lwIP runs; it fills `call` itself.
        assert_eq!(unsafe { tcpip_api_call(Some(visit), call.as_mut_ptr()) }, ERR_OK);
    }
    if env::var_os(TRESPASS).is_some() {
        enter();
        return;
    }
    let this = env::current_exe().unwrap();
    let trespasser =
        Command::new(this).args(["--exact", "--nocapture", NAME]).env(TRESPASS, "1").output().unwrap();
    let said = String::from_utf8_lossy(&trespasser.stderr);
    assert!(!trespasser.status.success(), "{said}");
    assert!(said.contains("lwIP was entered outside its core context"), "{said}");
}

const NAME: &str = "lwip_is_entered_in_its_core_context_or_the_program_ends";
