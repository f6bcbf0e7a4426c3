//! The Internet checksum (RFC 1071), over every octet of every header and segment, both ways: lwIP's `LWIP_CHKSUM`.
//!
//! lwIP's own adds two octets at a time; this one takes four, and adds the carries in the end.

use core::ffi::{c_int, c_void};
use core::slice;

/// The sum of `length` octets as 16-bit numbers in the machine's byte order, not inverted.
///
/// # Safety
/// `data` points to `length` octets, at any alignment.
#[unsafe(no_mangle)]
unsafe extern "C" fn lwip_port_checksum(data: *const c_void, length: c_int) -> u16 {
    let Ok(length) = usize::try_from(length) else {
        return 0;
    };
    // SAFETY: the caller's promise. lwIP's pbufs have a payload, which is not null, even if it is empty.
    sum(unsafe { slice::from_raw_parts(data.cast(), length) })
}

fn sum(octets: &[u8]) -> u16 {
    // SAFETY: any four octets are a number.
    let (head, words, tail) = unsafe { octets.align_to::<u32>() };
    let rest = fold(sum_of_words(words) + sum_of_pairs(tail));
    // After an odd number of octets the halves of all other pairs have changed places, and so have those of their sum.
    let rest = if head.len().is_multiple_of(2) { rest } else { rest.swap_bytes() };
    fold(sum_of_pairs(head) + u64::from(rest))
}

/// Four at a time: for one alone, the loop takes as long as the addition.
fn sum_of_words(words: &[u32]) -> u64 {
    let (blocks, rest) = words.as_chunks::<4>();
    let number = |word: &u32| u64::from(*word);
    let sum = blocks.iter().fold(0, |sum, [one, two, three, four]| {
        sum + number(one) + number(two) + number(three) + number(four)
    });
    rest.iter().fold(sum, |sum, word| sum + number(word))
}

/// What is left over, two octets at a time; an odd one has a zero beside it.
fn sum_of_pairs(octets: &[u8]) -> u64 {
    let (pairs, rest) = octets.as_chunks::<2>();
    let last = rest.first().map_or(0, |octet| u16::from_ne_bytes([*octet, 0]));
    pairs.iter().fold(u64::from(last), |sum, pair| sum + u64::from(u16::from_ne_bytes(*pair)))
}

/// In ones' complement a carry belongs to the lowest bit.
fn fold(sum: u64) -> u16 {
    let sum = (sum >> 32) + (sum & 0xffff_ffff);
    // From here on 32 bits suffice: the high half is at most 1.
    let sum = (sum >> 16) as u32 + (sum & 0xffff) as u32;
    ((sum >> 16) + sum) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1071 as it is written: pairs in network order, carries at once.
    fn by_the_book(octets: &[u8]) -> u16 {
        let mut sum = 0u32;
        for pair in octets.chunks(2) {
            sum += u32::from(u16::from_be_bytes([pair[0], *pair.get(1).unwrap_or(&0)]));
            sum = (sum & 0xffff) + (sum >> 16);
        }
        u16::from_be(sum as u16)
    }

    #[test]
    fn any_length_at_any_alignment() {
        let mut state = 1u32;
        let octets = [(); 1600].map(|()| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        for start in 0..8 {
            for length in (0..80).chain([536, 1459, 1460, 1500]) {
                let octets = &octets[start..start + length];
                assert_eq!(sum(octets), by_the_book(octets), "{length} octets at {start}");
            }
        }
    }

    #[test]
    fn carries_of_carries() {
        let ones = [0xff; 1600];
        for length in 0..ones.len() {
            assert_eq!(sum(&ones[..length]), by_the_book(&ones[..length]), "{length} times 255");
        }
        // Of lwIP's two zeros in ones' complement, only nothing but zeros gives the positive one.
        assert_eq!((sum(&ones[..2]), sum(&[0; 40]), sum(&[])), (0xffff, 0, 0));
    }

    #[test]
    fn example_of_rfc_1071_section_3() {
        let octets = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(sum(&octets).to_be(), 0xddf2);
    }
}
