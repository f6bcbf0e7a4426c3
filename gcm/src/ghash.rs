//! GHASH (NIST SP 800-38D section 6.4): multiplication in GF(2^128), by the crate `polyval`, in constant time.
//!
//! A block is a number here, big-endian. POLYVAL is the same hash over little-endian numbers, with a key times x (RFC 8452 appendix A).

use polyval::hazmat::FieldElement;

/// A key, as it is multiplied by.
#[derive(Clone, Copy)]
pub(crate) struct Key(FieldElement);

impl Key {
    /// What the cipher makes of zero.
    pub(crate) fn new(block: u128) -> Self {
        Key(FieldElement::from(block).mulx())
    }

    /// As a number, to be kept.
    pub(crate) fn number(self) -> u128 {
        self.0.into()
    }

    pub(crate) fn from_number(number: u128) -> Self {
        Key(number.into())
    }

    /// `block` times the key. Out of line: the time goes here.
    #[inline(never)]
    pub(crate) fn multiply(self, block: u128) -> u128 {
        (FieldElement::from(block) * self.0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bit by bit, as the standard defines it (section 6.3): the first bit is the coefficient of 1.
    fn product(one: u128, other: u128) -> u128 {
        let (mut power, mut sum) = (other, 0);
        for bit in (0..128).rev() {
            if one >> bit & 1 == 1 {
                sum ^= power;
            }
            power = (power >> 1) ^ if power & 1 == 0 { 0 } else { 0xE1 << 120 };
        }
        sum
    }

    #[test]
    fn products_are_those_of_the_definition() {
        let mut number = 0x66e9_4bd4_ef8a_2c3b_884c_fa59_ca34_2b2e;
        for bit in 0..128 {
            let other = 1_u128 << bit;
            let key = Key::from_number(Key::new(number).number());
            assert_eq!(key.multiply(other), product(number, other), "{number:x} {other:x}");
            assert_eq!(key.multiply(!number), product(number, !number), "{number:x}");
            number = product(number, number ^ other);
        }
    }
}
