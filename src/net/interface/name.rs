//! What lwIP calls an interface.

use core::fmt;
use core::ptr::NonNull;

use lwip_sys::{netif, netif_get_by_index};

use super::Interface;
use crate::net::token::Core;

/// What lwIP calls an interface: two letters and a number, as in `st1`. The port or the SDK that adds it chooses the letters
/// (`netif->name`), lwIP the number.
///
/// ```
/// use wm_websockets::net::InterfaceName;
/// assert_eq!(InterfaceName::new("st1").map(|name| name.to_string()), Some("st1".to_string()));
/// assert_eq!(InterfaceName::new("wlan0"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceName {
    letters: [u8; 2],
    number: u8,
}

impl InterfaceName {
    /// `None`: no interface can have this name.
    pub fn new(name: &str) -> Option<InterfaceName> {
        InterfaceName::from_bytes(name.as_bytes())
    }

    pub(crate) fn from_bytes(name: &[u8]) -> Option<InterfaceName> {
        let (letters, digits) = name.split_first_chunk()?;
        Some(InterfaceName { letters: *letters, number: octet(digits)? })
    }

    /// The interface, if there is one of that name now.
    pub(in crate::net) fn find(self, _core: &mut Core<'_>) -> Option<NonNull<netif>> {
        // SAFETY: the token says that lwIP may be entered; an interface that it knows is valid.
        unsafe {
            // lwIP's index is one more than the number.
            let found = NonNull::new(netif_get_by_index(self.number.checked_add(1)?))?;
            (found.as_ref().name.map(|letter| letter as u8) == self.letters).then_some(found)
        }
    }
}

/// A number in decimal digits.
#[inline(never)]
pub(crate) fn octet(digits: &[u8]) -> Option<u8> {
    let mut digits = digits.iter().map(|digit| char::from(*digit).to_digit(10));
    let first = digits.next()?? as u8;
    digits.try_fold(first, |number, digit| number.checked_mul(10)?.checked_add(digit? as u8))
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.letters.map(char::from);
        write!(f, "{first}{second}{}", self.number)
    }
}

impl Interface {
    pub(in crate::net) fn name(&self) -> InterfaceName {
        // SAFETY: the cell is ours (`attach`); both members stay as they are from then on.
        unsafe {
            let netif = &raw const (*self.cell.as_ptr()).netif;
            InterfaceName { letters: (*netif).name.map(|letter| letter as u8), number: (*netif).num }
        }
    }
}
