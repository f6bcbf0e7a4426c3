//! Between lwIP's addresses and those of `core::net`.

use core::mem::MaybeUninit;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use lwip_sys::{
    ERR_OK, IPADDR_TYPE_ANY, IPADDR_TYPE_V4, IPADDR_TYPE_V6, ip_addr_octets, ip_addr_set_octets, ip_addr_t,
    ip_any_type, ip4_addr_t,
};

/// lwIP keeps IPv4 addresses in network byte order.
pub(super) fn ipv4_to_lwip(address: Ipv4Addr) -> ip4_addr_t {
    ip4_addr_t { addr: u32::from_ne_bytes(address.octets()) }
}

pub(super) fn ipv4_from_lwip(address: &ip4_addr_t) -> Ipv4Addr {
    Ipv4Addr::from(address.addr.to_ne_bytes())
}

pub(super) fn from_lwip(address: &ip_addr_t) -> IpAddr {
    let mut octets = [0; 16];
    // SAFETY: reads the address, writes at most 16 octets.
    if unsafe { ip_addr_octets(address, octets.as_mut_ptr()) } == 16 {
        return IpAddr::V6(Ipv6Addr::from(octets));
    }
    let [a, b, c, d, ..] = octets;
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

/// Of no address: every address of every family. `None`: lwIP was compiled without that family.
pub(super) fn to_lwip(address: Option<IpAddr>) -> Option<ip_addr_t> {
    match address {
        // SAFETY: a constant of lwIP.
        None => Some(unsafe { *ip_any_type() }),
        Some(IpAddr::V4(address)) => from_octets(&address.octets()),
        Some(IpAddr::V6(address)) => from_octets(&address.octets()),
    }
}

fn from_octets(octets: &[u8]) -> Option<ip_addr_t> {
    let mut address = MaybeUninit::<ip_addr_t>::zeroed();
    // SAFETY: 4 or 16 octets are read; all-zero is a valid address, whatever the result.
    unsafe {
        let result = ip_addr_set_octets(address.as_mut_ptr(), octets.as_ptr(), octets.len() as u8);
        (result == ERR_OK).then(|| address.assume_init())
    }
}

/// The type of a PCB that can have this address.
pub(super) fn any_type(address: Option<IpAddr>) -> u8 {
    (match address {
        None => IPADDR_TYPE_ANY,
        Some(IpAddr::V4(_)) => IPADDR_TYPE_V4,
        Some(IpAddr::V6(_)) => IPADDR_TYPE_V6,
    }) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv4_address_survives_the_way_through_lwip() {
        let address = IpAddr::V4(Ipv4Addr::new(10, 0, 2, 15));
        assert_eq!(to_lwip(Some(address)).map(|lwip| from_lwip(&lwip)), Some(address));
    }

    #[test]
    fn an_ipv6_address_survives_where_lwip_has_ipv6() {
        let address = IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 1, 2, 3, 4));
        let expected = cfg!(feature = "ipv6").then_some(address);
        assert_eq!(to_lwip(Some(address)).map(|lwip| from_lwip(&lwip)), expected);
    }
}
