//! Addresses as C's sockets have them, and as text.
//!
//! A `lws_sockaddr46` is looked at as bytes: its members have different names and types on Linux and in lwIP, but lie at the same places,
//! the family excepted. A `struct sockaddr_in` may stand in for it: of such an address no more than 16 bytes are touched.

use core::ffi::{c_char, c_int};
use core::fmt::Write as _;
use core::net::{IpAddr, SocketAddr};

use super::abi::lws_sockaddr46;
use super::boundary::{TextBuffer, bytes, int, text, zero_or_negative};
use super::export;

/// `AF_INET` and `AF_INET6`, the same on Linux and in lwIP.
const INET: u8 = 2;
const INET6: u8 = 10;

/// Where the family is: on Linux 16 bits of the machine's order, in lwIP a byte behind the length.
const FAMILY: usize = if cfg!(target_os = "linux") { cfg!(target_endian = "big") as usize } else { 1 };

const PORT: usize = 2;
const IPV4: usize = 4;
const IPV6: usize = 8;
const SIZE_OF_SA4: usize = 16;
const SIZE_OF_SA6: usize = 28;

const _: () = assert!(size_of::<lws_sockaddr46>() == SIZE_OF_SA6);

/// Writes an address, all 28 bytes.
///
/// # Safety
/// `place` may be written.
pub(super) unsafe fn write(place: *mut lws_sockaddr46, address: Option<SocketAddr>) {
    let mut image = [0_u8; SIZE_OF_SA6];
    if let Some(address) = address {
        image[PORT..IPV4].copy_from_slice(&address.port().to_be_bytes());
        let (family, size) = match address.ip() {
            IpAddr::V4(ip) => {
                image[IPV4..IPV6].copy_from_slice(&ip.octets());
                (INET, SIZE_OF_SA4)
            }
            IpAddr::V6(ip) => {
                image[IPV6..IPV6 + 16].copy_from_slice(&ip.octets());
                (INET6, SIZE_OF_SA6)
            }
        };
        if !cfg!(target_os = "linux") {
            image[0] = size as u8;
        }
        image[FAMILY] = family;
    }
    // SAFETY: the caller vouches for the place, which is as large.
    unsafe { place.cast::<[u8; SIZE_OF_SA6]>().write_unaligned(image) };
}

/// Reads an address; `None` for NULL and for families that are none of IP's.
///
/// # Safety
/// `place` is NULL or an address of its family.
unsafe fn read(place: *const lws_sockaddr46) -> Option<IpAddr> {
    if place.is_null() {
        return None;
    }
    let at = place.cast::<u8>();
    // SAFETY: an address of its family has these bytes.
    unsafe {
        match *at.add(FAMILY) {
            INET => Some(IpAddr::from(at.add(IPV4).cast::<[u8; 4]>().read())),
            INET6 => Some(IpAddr::from(at.add(IPV6).cast::<[u8; 16]>().read())),
            _ => None,
        }
    }
}

fn parse(address: Option<&[u8]>) -> Option<IpAddr> {
    core::str::from_utf8(address?).ok()?.parse().ok()
}

/// The bytes of an address in network order, and how many they are.
fn octets(address: IpAddr) -> ([u8; 16], usize) {
    match address {
        IpAddr::V4(ip) => {
            let mut all = [0; 16];
            all[..4].copy_from_slice(&ip.octets());
            (all, 4)
        }
        IpAddr::V6(ip) => (ip.octets(), 16),
    }
}

/// Whether the first bits of two addresses are the same.
fn shares_prefix(one: IpAddr, other: IpAddr, bits: usize) -> bool {
    let ((one, length), (other, other_length)) = (octets(one), octets(other));
    let first = |address: [u8; 16]| match bits.min(8 * length) {
        0 => 0,
        bits => u128::from_be_bytes(address) >> (128 - bits),
    };
    length == other_length && first(one) == first(other)
}

/// Writes an address as text.
///
/// # Safety
/// `buf` is NULL or has `len` bytes.
unsafe fn write_text(address: Option<IpAddr>, buf: *mut c_char, len: usize) -> c_int {
    // SAFETY: the caller vouches for the buffer.
    let mut buffer = unsafe { TextBuffer::new(buf, len) };
    let written = address.and_then(|address| write!(buffer, "{address}").ok());
    if written.is_none() {
        buffer.clear();
    }
    zero_or_negative(written)
}

export! {
    fn lws_sa46_compare_ads(sa46a: *const lws_sockaddr46, sa46b: *const lws_sockaddr46) -> c_int {
        // SAFETY: NULL or valid by contract.
        match unsafe { (read(sa46a), read(sa46b)) } {
            (Some(one), Some(other)) if one == other => 0,
            _ => 1,
        }
    }

    fn lws_sa46_on_net(sa46a: *const lws_sockaddr46, sa46_net: *const lws_sockaddr46, net_len: c_int) -> c_int {
        // SAFETY: NULL or valid by contract.
        match (unsafe { (read(sa46a), read(sa46_net)) }, usize::try_from(net_len)) {
            ((Some(address), Some(net)), Ok(bits)) if shares_prefix(address, net, bits) => 0,
            _ => 1,
        }
    }

    fn lws_sa46_parse_numeric_address(ads: *const c_char, sa46: *mut lws_sockaddr46) -> c_int {
        // SAFETY: NULL or a C string by contract.
        let address = parse(unsafe { text(ads) });
        if sa46.is_null() || address.is_none() {
            return -1;
        }
        // SAFETY: not NULL.
        unsafe { write(sa46, address.map(|address| SocketAddr::new(address, 0))) };
        0
    }

    fn lws_sa46_write_numeric_address(sa46: *mut lws_sockaddr46, buf: *mut c_char, len: usize) -> c_int {
        // SAFETY: NULL or valid by contract.
        unsafe { write_text(read(sa46), buf, len) }
    }

    fn lws_parse_numeric_address(ads: *const c_char, result: *mut u8, max_len: usize) -> c_int {
        // SAFETY: NULL or a C string by contract.
        let Some((octets, length)) = parse(unsafe { text(ads) }).map(octets) else { return -1 };
        if result.is_null() || length > max_len {
            return -1;
        }
        // SAFETY: `result` has `max_len` bytes by contract.
        unsafe { result.copy_from(octets.as_ptr(), length) };
        int(length)
    }

    fn lws_write_numeric_address(ads: *const u8, size: c_int, buf: *mut c_char, len: usize) -> c_int {
        // SAFETY: NULL or `size` bytes by contract.
        let octets = unsafe { bytes(ads, super::boundary::length(size)) };
        let ipv4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
        let address = ipv4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok();
        // SAFETY: NULL or valid by contract.
        unsafe { write_text(address, buf, len) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn share(one: &str, other: &str, bits: usize, expected: bool) {
        assert_eq!(
            shares_prefix(one.parse().unwrap(), other.parse().unwrap(), bits),
            expected,
            "{one} {other}"
        );
    }

    #[test]
    fn prefixes_are_those_of_one_family() {
        share("192.168.1.7", "192.168.1.0", 24, true);
        share("192.168.1.7", "192.168.0.0", 24, false);
        share("192.168.1.7", "192.168.0.0", 23, true);
        share("192.168.1.7", "10.0.0.0", 0, true);
        share("192.168.1.7", "192.168.1.7", 99, true);
        share("192.168.1.7", "192.168.1.8", 99, false);
        share("fe80::1", "fe80::", 64, true);
        share("fe80::1", "fe81::", 16, false);
        share("::ffff:1.2.3.4", "1.2.3.4", 0, false);
    }

    #[test]
    fn an_address_is_read_as_it_was_written() {
        for text in ["192.168.1.7:80", "[fe80::1]:443"] {
            let address: SocketAddr = text.parse().unwrap();
            let mut place = core::mem::MaybeUninit::<lws_sockaddr46>::uninit();
            // SAFETY: the place is there, and written before it is read.
            let back = unsafe {
                write(place.as_mut_ptr(), Some(address));
                read(place.as_ptr())
            };
            assert_eq!(back, Some(address.ip()));
        }
    }
}
