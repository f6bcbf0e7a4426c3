//! The Internet checksum (RFC 1071), over every octet of every header and segment, both ways: lwIP's `LWIP_CHKSUM`, of a firmware's own lwIP
//! too if its `arch/cc.h` says so (`wm_checksum.h`).
//!
//! lwIP's own adds two octets at a time; this one takes a word, and adds the carries in the end.

use core::ffi::{c_int, c_void};
use core::slice;

/// The sum of `length` octets as 16-bit numbers in the machine's byte order, not inverted.
///
/// # Safety
/// `data` points to `length` octets, at any alignment.
#[unsafe(no_mangle)]
unsafe extern "C" fn wm_checksum(data: *const c_void, length: c_int) -> u16 {
    let Ok(length) = usize::try_from(length) else {
        return 0;
    };
    // SAFETY: the caller's promise. lwIP's pbufs have a payload, which is not null, even if it is empty.
    sum(unsafe { slice::from_raw_parts(data.cast(), length) })
}

/// Two words: the higher one counts carries.
#[cfg(not(target_pointer_width = "64"))]
type Sum = u64;
#[cfg(target_pointer_width = "64")]
type Sum = u128;

fn sum(octets: &[u8]) -> u16 {
    let (head, words, tail) = split(octets);
    let rest = sum_of_words(words) + sum_of_pairs(tail);
    match head {
        [] => return fold(rest),
        // An IP header behind an Ethernet header that nothing is put in front of.
        [one, two] => return fold(Sum::from(u16::from_ne_bytes([*one, *two])) + rest),
        head if head.len().is_multiple_of(2) => return fold(sum_of_pairs(head) + rest),
        _ => {}
    }
    // After an odd number of octets the halves of all other pairs have changed places, and so have those of their sum.
    fold(sum_of_pairs(head) + Sum::from(fold(rest).swap_bytes()))
}

#[cfg(not(target_pointer_width = "64"))]
type Word = usize;
#[cfg(target_pointer_width = "64")]
type Word = [u8; 8];

/// The words in the middle: a small core reads them only at their alignment, or takes twice as long elsewhere.
#[cfg(not(target_pointer_width = "64"))]
fn split(octets: &[u8]) -> (&[u8], &[Word], &[u8]) {
    // SAFETY: any octets are a number.
    unsafe { octets.align_to() }
}

/// A large core reads words anywhere: to look for the first that is aligned takes longer than an IP header.
#[cfg(target_pointer_width = "64")]
fn split(octets: &[u8]) -> (&[u8], &[Word], &[u8]) {
    let (words, tail) = octets.as_chunks();
    (&[], words, tail)
}

/// Two numbers of two words at a time: for one word alone, the loop takes as long as the addition, and each addition has its carry.
fn sum_of_words(words: &[Word]) -> Sum {
    let (blocks, rest) = words.as_chunks::<4>();
    let (sum, carries) = blocks.iter().fold((0, 0), |(sum, carries), [one, two, three, four]| {
        let (sum, carry) = Sum::overflowing_add(sum, both(*one, *two));
        let carries = carries + usize::from(carry);
        let (sum, carry) = sum.overflowing_add(both(*three, *four));
        (sum, carries + usize::from(carry))
    });
    let sum = carries as Sum + (sum >> usize::BITS) + (sum as usize) as Sum;
    rest.iter().fold(sum, |sum, word| sum + number(*word))
}

fn both(low: Word, high: Word) -> Sum {
    number(high) << usize::BITS | number(low)
}

#[cfg(not(target_pointer_width = "64"))]
fn number(word: Word) -> Sum {
    word as Sum
}

#[cfg(target_pointer_width = "64")]
fn number(word: Word) -> Sum {
    Sum::from(u64::from_ne_bytes(word))
}

/// What is left over, two octets at a time; an odd one has a zero beside it.
fn sum_of_pairs(octets: &[u8]) -> Sum {
    let (pairs, rest) = octets.as_chunks::<2>();
    let last = rest.first().map_or(0, |octet| u16::from_ne_bytes([*octet, 0]));
    let sum = pairs.iter().fold(u32::from(last), |sum, pair| sum + u32::from(u16::from_ne_bytes(*pair)));
    Sum::from(sum)
}

/// In ones' complement a carry belongs to the lowest bit.
fn fold(sum: Sum) -> u16 {
    let (word, carry) = (sum as usize).overflowing_add((sum >> usize::BITS) as usize);
    let word = word.wrapping_add(usize::from(carry));
    #[cfg(target_pointer_width = "64")]
    let word = {
        let (half, carry) = (word as u32).overflowing_add((word >> 32) as u32);
        half.wrapping_add(u32::from(carry))
    };
    // Each half is added to the other, and the carry out of the lower one to the higher, which counts.
    (word.wrapping_add(word.rotate_left(16)) >> 16) as u16
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
