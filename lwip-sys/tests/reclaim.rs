//! Connections that this end closes first stay in TIME_WAIT. A server must outlive any number of them.

mod common;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;

use common::{DESK, length, live_bytes, lwip};
use lwip_sys::*;

thread_local! {
    /// Packets of lwIP to itself, not yet delivered.
    static WIRE: RefCell<VecDeque<*mut pbuf>> = const { RefCell::new(VecDeque::new()) };
}

unsafe extern "C" fn transmit(_: *mut netif, packet: *mut pbuf, _: *const ip4_addr_t) -> err_t {
    // SAFETY: lwIP lends the packet for the time of the call, and may keep it for a retransmission.
    let copy = unsafe {
        let copy = pbuf_alloc(PBUF_RAW, (*packet).tot_len, PBUF_RAM);
        assert_eq!(pbuf_copy(copy, packet), ERR_OK);
        copy
    };
    WIRE.with_borrow_mut(|wire| wire.push_back(copy));
    ERR_OK
}

unsafe extern "C" fn init(netif: *mut netif) -> err_t {
    // SAFETY: lwIP passes the interface that is being added.
    unsafe {
        (*netif).output = Some(transmit);
        (*netif).mtu = 1500;
    }
    ERR_OK
}

unsafe extern "C" fn accepted(_: *mut c_void, pcb: *mut tcp_pcb, _: err_t) -> err_t {
    // SAFETY: a fresh connection. The server is the side that closes first.
    unsafe { tcp_close(pcb) }
}

unsafe extern "C" fn received(_: *mut c_void, pcb: *mut tcp_pcb, data: *mut pbuf, _: err_t) -> err_t {
    assert!(data.is_null(), "the server sends nothing but FIN");
    // SAFETY: the client's connection, on which the server's FIN has arrived.
    unsafe { tcp_close(pcb) }
}

unsafe extern "C" fn connected(_: *mut c_void, _: *mut tcp_pcb, error: err_t) -> err_t {
    error
}

/// An interface whose output is its input.
///
/// # Safety
/// In the core context; `netif` stays where it is until `netif_remove`.
unsafe fn loopback(netif: &mut MaybeUninit<netif>) -> *mut netif {
    *netif = MaybeUninit::zeroed();
    let any = ip4_addr { addr: 0 };
    let (address, mask) = (ip4_addr { addr: u32::from_ne_bytes([10, 0, 0, 1]) }, ip4_addr { addr: u32::MAX });
    // SAFETY: zeros are what `netif_add` expects of a new interface; the rest is the caller's promise.
    unsafe {
        let netif = netif_add(
            netif.as_mut_ptr(),
            &address,
            &mask,
            &any,
            ptr::null_mut(),
            Some(init),
            Some(ip4_input),
        );
        netif_set_up(netif);
        netif_set_link_up(netif);
        netif
    }
}

/// Delivers packets until none is on the way.
///
/// # Safety
/// In the core context; `netif` is an interface of lwIP.
unsafe fn deliver(netif: *mut netif) {
    while let Some(packet) = WIRE.with_borrow_mut(VecDeque::pop_front) {
        // SAFETY: the packet is ours, and lwIP takes it over.
        assert_eq!(unsafe { ip4_input(packet, netif) }, ERR_OK);
    }
}

/// One connection from SYN to the last ACK.
///
/// # Safety
/// As for `deliver`.
unsafe fn connect_and_close(netif: *mut netif) {
    let mut address = MaybeUninit::uninit();
    // SAFETY: the PCB's callbacks close it; a client in LAST_ACK goes when the server's ACK arrives.
    unsafe {
        assert_eq!(ip_addr_set_octets(address.as_mut_ptr(), [10, 0, 0, 1].as_ptr(), 4), ERR_OK);
        let client = tcp_new();
        assert!(!client.is_null(), "no PCB although only dead connections hold any");
        tcp_recv(client, Some(received));
        assert_eq!(tcp_connect(client, address.as_ptr(), 80, Some(connected)), ERR_OK);
        deliver(netif);
    }
}

#[test]
fn connections_in_time_wait_are_bounded_and_end() {
    let _core = lwip();
    let before = live_bytes();
    let mut netif = MaybeUninit::uninit();
    // SAFETY: this thread is in the core context; the PCBs are used as lwIP's documentation says.
    unsafe {
        let netif = loopback(&mut netif);
        let pcb = tcp_new();
        assert_eq!(tcp_bind(pcb, ip_any_type(), 80), ERR_OK);
        let listener = tcp_listen_with_backlog(pcb, 4);
        tcp_accept(listener, Some(accepted));

        for _ in 0..5 * MEMP_NUM_TCP_PCB {
            connect_and_close(netif);
            assert!(length(tcp_tw_pcbs) < MEMP_NUM_TCP_PCB as usize);
        }
        assert!(length(tcp_tw_pcbs) > 0, "the server closed first");
        assert!(tcp_active_pcbs.is_null());

        for _ in 0..2 * TCP_MSL / TCP_TMR_INTERVAL + 8 {
            DESK.advance(TCP_TMR_INTERVAL.into());
            sys_check_timeouts();
        }
        assert_eq!(length(tcp_tw_pcbs), 0);
        assert_eq!(tcp_close(listener), ERR_OK);
        netif_remove(netif);
        WIRE.take();
    }
    assert_eq!(live_bytes(), before);
}
