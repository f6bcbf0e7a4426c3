//! What lwIP gets from the platform: time, critical sections, numbers that cannot be guessed.

mod common;

use common::{DESK, lwip};
use lwip_sys::{ERR_OK, ip_addr_set_octets, ip_addr_t};

unsafe extern "C" {
    safe fn sys_now() -> u32;
    fn sys_arch_protect() -> usize;
    fn sys_arch_unprotect(protection: usize);
    safe fn lwip_port_rand() -> u32;
    fn wm_tcp_isn(
        local: *const ip_addr_t,
        local_port: u16,
        remote: *const ip_addr_t,
        remote_port: u16,
    ) -> u32;
}

fn address(octets: [u8; 4]) -> ip_addr_t {
    let mut address = std::mem::MaybeUninit::uninit();
    // SAFETY: `octets` has the length that is given with it; on success the address is initialised.
    unsafe {
        assert_eq!(ip_addr_set_octets(address.as_mut_ptr(), octets.as_ptr(), 4), ERR_OK);
        address.assume_init()
    }
}

fn isn(local_port: u16, remote_port: u16) -> u32 {
    let (local, remote) = (address([192, 0, 2, 1]), address([192, 0, 2, 2]));
    // SAFETY: both are lwIP addresses.
    unsafe { wm_tcp_isn(&local, local_port, &remote, remote_port) }
}

#[test]
fn the_clock_wraps_at_32_bits() {
    let _core = lwip();
    DESK.set_clock(u64::from(u32::MAX) + 6);
    assert_eq!(sys_now(), 5);
}

#[test]
fn critical_sections_nest_and_end() {
    let _core = lwip();
    // SAFETY: released in reverse order, below.
    let (outer, inner) = unsafe { (sys_arch_protect(), sys_arch_protect()) };
    // SAFETY: as above.
    unsafe {
        sys_arch_unprotect(inner);
        sys_arch_unprotect(outer);
    }
    // Another thread would wait here for ever if the section had not ended.
    let entered = std::thread::spawn(|| critical_section::with(|_| true)).join();
    assert!(entered.unwrap());
}

#[test]
fn a_section_excludes_other_threads_until_the_outermost_ends() {
    let _core = lwip();
    let (sender, receiver) = std::sync::mpsc::channel();
    // SAFETY: released below, in reverse order.
    let (outer, inner) = unsafe { (sys_arch_protect(), sys_arch_protect()) };
    let other = std::thread::spawn(move || critical_section::with(|_| sender.send("other").unwrap()));
    // SAFETY: `inner` was acquired last.
    unsafe { sys_arch_unprotect(inner) };
    for _ in 0..1_000 {
        std::thread::yield_now();
        assert!(receiver.try_recv().is_err());
    }
    // SAFETY: `outer` is the last one held.
    unsafe { sys_arch_unprotect(outer) };
    assert_eq!(receiver.recv().unwrap(), "other");
    other.join().unwrap();
}

#[test]
fn sequence_numbers_of_one_pair_rise_with_the_clock() {
    let _core = lwip();
    DESK.set_clock(10_000);
    let first = isn(80, 50_000);
    DESK.advance(4);
    assert_eq!(isn(80, 50_000).wrapping_sub(first), 1_000, "RFC 6528: one every four microseconds");
}

#[test]
fn sequence_numbers_of_different_pairs_are_unrelated() {
    let _core = lwip();
    DESK.set_clock(10_000);
    let numbers: std::collections::HashSet<u32> = (0..100).map(|port| isn(80, 50_000 + port)).collect();
    assert_eq!(numbers.len(), 100);
    assert_ne!(isn(80, 81), isn(81, 80));
    let steps: Vec<u32> = (0..3).map(|port| isn(80, port + 1).wrapping_sub(isn(80, port))).collect();
    assert!(
        steps[0] != steps[1] && steps[1] != steps[2],
        "neighbouring ports must not tell each other's numbers"
    );
}

#[test]
fn random_numbers_are_the_platforms_entropy() {
    let _core = lwip();
    assert_eq!(lwip_port_rand(), 0xa5a5_a5a5);
}

#[test]
fn without_entropy_numbers_still_differ() {
    let _core = lwip();
    DESK.entropy_fails(true);
    let numbers: std::collections::HashSet<u32> = (0..100).map(|_| lwip_port_rand()).collect();
    DESK.entropy_fails(false);
    assert!(numbers.len() > 95);
}
