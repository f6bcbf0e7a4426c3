//! The name of a device on its network.

use core::ffi::CStr;
use core::fmt;

/// The longest label of a host name, in bytes (RFC 1035 section 2.3.4).
const MAX_LABEL: usize = 63;

/// The name of a device: what a router lists it by that has given it its address.
///
/// One label: letters, digits and hyphens, which stand neither first nor last (RFC 1123 section 2.1), at most 63 of them. Devices of
/// one kind differ in a part of their serial number or hardware address:
///
/// ```
/// use wm_websockets::net::HostName;
///
/// let serial = 0x1a2b;
/// let name = HostName::new(&format!("thermostat-{serial:04x}")).ok_or("no host name")?;
/// assert_eq!(name.to_string(), "thermostat-1a2b");
/// assert_eq!(HostName::new("living room"), None);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HostName {
    /// With zeros behind the name, one at least.
    label: [u8; MAX_LABEL + 1],
}

impl HostName {
    /// `None`: no host can have this name.
    pub fn new(name: &str) -> Option<HostName> {
        HostName::from_bytes(name.as_bytes())
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<HostName> {
        let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        let has_bare_ends = bytes.first() != Some(&b'-') && bytes.last() != Some(&b'-');
        if bytes.is_empty() || bytes.len() > MAX_LABEL || !has_bare_ends || !bytes.iter().all(is_allowed) {
            return None;
        }
        let mut label = [0; MAX_LABEL + 1];
        label.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(HostName { label })
    }

    /// As lwIP takes it.
    pub(super) fn as_c_str(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.label).unwrap_or_default()
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_c_str().to_str().unwrap_or_default())
    }
}

impl fmt::Debug for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostName({self})")
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::HostName;

    #[test]
    fn a_label_is_a_name() {
        for name in ["a", "Thermostat", "wm-1a2b", "7", &"x".repeat(63)] {
            assert_eq!(HostName::new(name).map(|name| name.to_string()).as_deref(), Some(name));
        }
    }

    #[test]
    fn what_is_no_label_is_not() {
        for name in ["", "-", "-a", "a-", "a.b", "a_b", "two words", "nul\0", "\u{e4}", &"x".repeat(64)] {
            assert_eq!(HostName::new(name), None, "{name:?}");
        }
    }
}
