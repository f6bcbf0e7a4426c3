//! The constants describe the lwIP that was compiled.

mod common;

use std::mem::MaybeUninit;

use common::lwip;
use lwip_sys::*;

#[test]
fn limits_are_those_of_a_fresh_pcb() {
    let _core = lwip();
    // SAFETY: the PCB is live until it is aborted.
    unsafe {
        let pcb = tcp_new();
        assert_eq!(u32::from(tcp_sndbuf(pcb)), TCP_SND_BUF);
        assert_eq!(u32::from((*pcb).rcv_wnd), TCP_WND);
        assert_eq!(tcp_sndqueuelen(pcb), 0);
        tcp_abort(pcb);
    }
}

#[test]
fn structures_have_the_size_that_c_gives_them() {
    assert_eq!(size_of::<tcp_pcb>(), SIZEOF_TCP_PCB as usize);
    assert_eq!(size_of::<tcp_pcb_listen>(), SIZEOF_TCP_PCB_LISTEN as usize);
    assert_eq!(size_of::<pbuf>(), SIZEOF_PBUF as usize);
    assert_eq!(size_of::<netif>(), SIZEOF_NETIF as usize);
    assert_eq!(size_of::<ip_addr_t>(), SIZEOF_IP_ADDR as usize);
}

#[test]
fn the_configuration_is_the_repositorys() {
    assert_eq!(NO_SYS, 1);
    assert_eq!(MEM_IS_MALLOC, 1, "both spellings must route lwIP's heap to wm-sys");
    assert_eq!(LWIP_IPV6, u32::from(cfg!(feature = "ipv6")));
    assert_eq!(LWIP_DNS, u32::from(cfg!(feature = "dns")));
    assert_eq!(LWIP_SNTP, u32::from(cfg!(feature = "sntp")));
    assert_eq!(LWIP_DHCP, u32::from(cfg!(feature = "dhcp")));
    assert_eq!(LWIP_VERSION_MAJOR, 2);
}

/// Writes `octets` into an lwIP address and reads them back.
fn round_trip(octets: &[u8]) -> Option<Vec<u8>> {
    let mut address = MaybeUninit::<ip_addr_t>::uninit();
    let mut read = [0; 16];
    // SAFETY: the length is that of the slice; the address is read only after it was written.
    let length = unsafe {
        if ip_addr_set_octets(address.as_mut_ptr(), octets.as_ptr(), octets.len() as u8) != ERR_OK {
            return None;
        }
        assert_eq!(IP_IS_V6(address.as_ptr()) != 0, octets.len() == 16);
        ip_addr_octets(address.as_ptr(), read.as_mut_ptr())
    };
    Some(read[..length.into()].to_vec())
}

#[test]
fn addresses_keep_their_octets() {
    assert_eq!(round_trip(&[192, 0, 2, 7]), Some(vec![192, 0, 2, 7]));
    let v6: Vec<u8> = (1..=16).collect();
    assert_eq!(round_trip(&v6), cfg!(feature = "ipv6").then_some(v6));
    assert_eq!(round_trip(&[1, 2, 3]), None);
}
