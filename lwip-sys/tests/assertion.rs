//! A failed assertion of lwIP ends the process with its message, and never unwinds through C.

mod common;

use std::process::Command;

use common::lwip;

const CHILD: &str = "LWIP_SYS_TEST_ASSERTION";

#[test]
fn a_failed_assertion_aborts_with_its_message() {
    if std::env::var_os(CHILD).is_some() {
        return break_an_invariant();
    }
    let test = "a_failed_assertion_aborts_with_its_message";
    let child = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stderr);
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&child.status), Some(6), "SIGABRT: {output}");
    assert!(output.contains("lwIP assertion failed: "), "{output}");
    assert!(output.contains("lwip/core/tcp.c:"), "the path starts at lwIP's tree: {output}");
}

/// Sets a receive callback on a listening PCB, which has no room for one.
fn break_an_invariant() {
    let _core = lwip();
    // SAFETY: lwIP checks this very misuse before it writes.
    unsafe {
        let listener = lwip_sys::tcp_listen_with_backlog(lwip_sys::tcp_new(), 1);
        lwip_sys::tcp_recv(listener, None);
    }
}
