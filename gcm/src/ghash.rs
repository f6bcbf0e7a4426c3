//! GHASH (NIST SP 800-38D section 6.4): multiplication in GF(2^128) by one key, four bits of the other factor at a time.
//!
//! A block is a polynomial, its first bit the coefficient of 1. As a number, big-endian, a shift to the right multiplies it by x.

/// What a bit is worth that leaves at the end: x^128 is 1 + x + x^2 + x^7.
const REDUCTION: u128 = 0xE1 << 120;

/// The key times each polynomial of four bits, upper half first: Mbed TLS's context has room for that.
///
/// Which entry is read depends on what is multiplied, as it does in Mbed TLS: where there is a data cache, that can be seen from outside.
pub(crate) type Table = [[u64; 2]; 16];

fn times_x(factor: u128) -> u128 {
    (factor >> 1) ^ if factor & 1 == 0 { 0 } else { REDUCTION }
}

/// The table of a key.
pub(crate) fn table(key: u128) -> Table {
    let mut products = [0; 16];
    products[8] = key;
    products[4] = times_x(products[8]);
    products[2] = times_x(products[4]);
    products[1] = times_x(products[2]);
    for bits in 1..products.len() {
        let rest = bits & (bits - 1);
        // All are below 16, which the compiler sees by the mask.
        products[bits & 15] = products[(bits ^ rest) & 15] ^ products[rest & 15];
    }
    products.map(|product: u128| [(product >> 64) as u64, product as u64])
}

/// `factor` times the key. Out of line: the time goes here, and it is small.
#[inline(never)]
pub(crate) fn multiply(table: &Table, factor: u128) -> u128 {
    let mut product = 0;
    for byte in factor.to_le_bytes() {
        product = times_x_4(product) ^ entry(table, byte & 0xF);
        product = times_x_4(product) ^ entry(table, byte >> 4);
    }
    product
}

/// Four bits leave at the end: [`REDUCTION`] for each of them, which is four shifts, and needs no table.
#[inline(always)]
fn times_x_4(factor: u128) -> u128 {
    let leaving = factor as u32 & 0xF;
    let reduction = (leaving ^ leaving << 1 ^ leaving << 2) << 26 ^ leaving << 21;
    (factor >> 4) ^ u128::from(reduction) << 96
}

#[inline(always)]
fn entry(table: &Table, bits: u8) -> u128 {
    let [upper, lower] = table[usize::from(bits)];
    u128::from(upper) << 64 | u128::from(lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bit by bit, as the standard defines it (section 6.3).
    fn product(one: u128, other: u128) -> u128 {
        let (mut power, mut sum) = (other, 0);
        for bit in (0..128).rev() {
            if one >> bit & 1 == 1 {
                sum ^= power;
            }
            power = times_x(power);
        }
        sum
    }

    #[test]
    fn products_are_those_of_the_definition() {
        let mut key = 0x66e9_4bd4_ef8a_2c3b_884c_fa59_ca34_2b2e;
        for bit in 0..128 {
            let other = 1_u128 << bit;
            assert_eq!(multiply(&table(key), other), product(key, other), "{key:x} {other:x}");
            assert_eq!(multiply(&table(key), !key), product(key, !key), "{key:x}");
            key = product(key, key ^ other);
        }
    }
}
