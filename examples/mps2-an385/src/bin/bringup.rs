//! Tries every part of the board without a network stack, then exits with 0. The first firmware to run on a new board.

#![no_std]
#![no_main]

extern crate alloc;

use core::time::Duration;

use alloc::vec::Vec;
use board::{Board, heap, report};
use wm_sys::Device as _;

#[cortex_m_rt::entry]
fn main() -> ! {
    let board = Board::start().expect("the Ethernet controller starts");
    log::info!("{:?}", board.arguments);
    log::info!("Ethernet {:02x?}", board.device.hardware_address());
    entropy_differs();
    sleep_takes_its_time();
    heap_returns_to_its_start();
    report::exit(0)
}

fn entropy_differs() {
    let (mut first, mut second) = ([0; 16], [0; 16]);
    wm_sys::entropy(&mut first).expect("the host has entropy");
    wm_sys::entropy(&mut second).expect("the host has entropy");
    assert_ne!(first, second, "two draws of 128 bits");
    log::info!("entropy {first:02x?}");
}

fn sleep_takes_its_time() {
    let start = wm_sys::now();
    wm_sys::wake();
    wm_sys::wait(Duration::from_secs(3600));
    let deadline = start + Duration::from_millis(1500);
    while wm_sys::now() < deadline {
        wm_sys::wait(deadline.saturating_duration_since(wm_sys::now()));
    }
    log::info!(
        "slept {:?}, Unix time {:?}",
        wm_sys::now().saturating_duration_since(start),
        wm_sys::unix_time()
    );
}

fn heap_returns_to_its_start() {
    let before = heap::heap_use();
    let blocks: Vec<Vec<u8>> = (1..100).map(Vec::with_capacity).collect();
    log::info!("{} blocks: {:?}", blocks.len(), heap::heap_use());
    drop(blocks);
    assert_eq!(heap::heap_use().used, before.used, "all was freed");
}
