//! lwIP's memory: one heap, bounds that hold, and every byte comes back.

mod common;

use common::{DESK, live_bytes, lwip, with_exhausted_heap};
use lwip_sys::*;

#[test]
fn a_pbuf_comes_and_goes() {
    let _core = lwip();
    let before = live_bytes();
    let text = b"lwIP";
    let mut copy = [0; 4];
    // SAFETY: the pbuf is live until `pbuf_free`, and the lengths are those of the arrays.
    unsafe {
        let p = pbuf_alloc(PBUF_RAW, 4, PBUF_RAM);
        assert!(!p.is_null() && (*p).tot_len == 4 && (*p).next.is_null());
        assert_eq!(pbuf_take(p, text.as_ptr().cast(), 4), ERR_OK);
        assert_eq!(pbuf_copy_partial(p, copy.as_mut_ptr().cast(), 4, 0), 4);
        assert_eq!(&copy, text);
        assert!(live_bytes() > before, "pbufs come from the heap of Rust");
        assert_eq!(pbuf_free(p), 1);
    }
    assert_eq!(live_bytes(), before);
}

#[test]
fn a_listener_gives_everything_back() {
    let _core = lwip();
    let before = live_bytes();
    // SAFETY: each PCB is used until it is closed or replaced by its listening twin.
    unsafe {
        let pcb = tcp_new_ip_type(IPADDR_TYPE_ANY as u8);
        assert_eq!(tcp_bind(pcb, ip_any_type(), 8080), ERR_OK);
        let listener = tcp_listen_with_backlog(pcb, 4);
        assert!(!listener.is_null());
        assert_eq!((*listener).state, LISTEN);
        assert_eq!((*listener).local_port, 8080);
        assert_eq!(tcp_close(listener), ERR_OK);
    }
    assert_eq!(live_bytes(), before);
}

#[test]
fn a_port_in_use_is_refused() {
    let _core = lwip();
    // SAFETY: both PCBs are live until they are closed.
    unsafe {
        let (one, other) = (tcp_new(), tcp_new());
        assert_eq!(tcp_bind(one, ip_any_type(), 8081), ERR_OK);
        assert_eq!(tcp_bind(other, ip_any_type(), 8081), ERR_USE);
        assert_eq!(tcp_close(one), ERR_OK);
        assert_eq!(tcp_close(other), ERR_OK);
    }
}

#[test]
fn the_number_of_pcbs_is_bounded_although_they_live_on_the_heap() {
    let _core = lwip();
    let before = live_bytes();
    // SAFETY: the PCBs are live until they are aborted, once each.
    unsafe {
        let pcbs: Vec<_> = (0..MEMP_NUM_TCP_PCB).map(|_| tcp_new()).collect();
        assert!(pcbs.iter().all(|pcb| !pcb.is_null()));
        assert!(tcp_new().is_null());
        pcbs.into_iter().for_each(|pcb| tcp_abort(pcb));
        let again = tcp_new();
        assert!(!again.is_null());
        tcp_abort(again);
    }
    assert_eq!(live_bytes(), before);
}

#[test]
fn an_exhausted_heap_is_an_error_not_an_end() {
    let _core = lwip();
    // SAFETY: this thread is in the core context.
    let (pcb, p) = with_exhausted_heap(|| unsafe { (tcp_new(), pbuf_alloc(PBUF_RAW, 1, PBUF_RAM)) });
    assert!(pcb.is_null());
    assert!(p.is_null());
}

#[test]
fn timers_do_not_need_the_heap() {
    let _core = lwip();
    with_exhausted_heap(|| {
        for _ in 0..20 {
            DESK.advance(1_000);
            // SAFETY: this thread is in the core context. lwIP asserts that it could re-arm its timers.
            unsafe { sys_check_timeouts() };
        }
    });
    // SAFETY: as above.
    let sleep = unsafe { sys_timeouts_sleeptime() };
    assert_ne!(sleep, SYS_TIMEOUTS_SLEEPTIME_INFINITE, "the timers are still armed");
}

#[test]
fn keep_alive_is_set_for_each_pcb() {
    let _core = lwip();
    // SAFETY: the PCB is live until it is aborted.
    unsafe {
        let pcb = tcp_new();
        assert_eq!(ip_get_option(pcb, SOF_KEEPALIVE), 0);
        tcp_keepalive_enable(pcb, 5_000, 1_000, 4);
        assert_ne!(ip_get_option(pcb, SOF_KEEPALIVE), 0);
        assert_eq!(((*pcb).keep_idle, (*pcb).keep_intvl, (*pcb).keep_cnt), (5_000, 1_000, 4));
        tcp_keepalive_disable(pcb);
        assert_eq!(ip_get_option(pcb, SOF_KEEPALIVE), 0);
        tcp_abort(pcb);
    }
}

#[test]
fn nagle_is_switched_for_each_pcb() {
    let _core = lwip();
    // SAFETY: the PCB is live until it is aborted.
    unsafe {
        let pcb = tcp_new();
        tcp_nagle_disable(pcb);
        assert_ne!(tcp_nagle_disabled(pcb), 0);
        tcp_nagle_enable(pcb);
        assert_eq!(tcp_nagle_disabled(pcb), 0);
        tcp_abort(pcb);
    }
}
