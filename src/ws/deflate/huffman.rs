//! Canonical Huffman codes (RFC 1951 section 3.2.2), in the memory of their symbols.

use super::inflate::Invalid;

/// The longest code, in bits.
pub(super) const MAX_BITS: usize = 15;

/// A code of at most `N` symbols. What a code stands for is found by comparing it with the last one of each length: slower than a table of
/// all codes, which would be 64 KB.
#[derive(Debug)]
pub(super) struct Code<const N: usize> {
    lengths: Lengths,
    /// The symbols that have a code, in the order of their codes.
    symbols: [u16; N],
}

/// Where the codes of each length, in bits, end, and where their symbols are. As numbers, codes of one length follow each other, behind all
/// shorter ones; here all of them have [`MAX_BITS`] bits, their own the highest.
#[derive(Debug)]
struct Lengths {
    /// Behind the last code.
    ends: [u16; MAX_BITS + 1],
    /// The shortest length that has codes, or less.
    shortest: u8,
    /// What the place of a symbol is more than its code, wrapping.
    places: [u16; MAX_BITS + 1],
}

/// What the next bits are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decoded {
    /// A symbol, whose code has so many bits.
    Symbol(u16, u8),
    /// The beginning of a code.
    Incomplete,
}

impl<const N: usize> Code<N> {
    pub(super) const fn new() -> Self {
        Code {
            lengths: Lengths { ends: [0; MAX_BITS + 1], shortest: 0, places: [0; MAX_BITS + 1] },
            symbols: [0; N],
        }
    }

    /// Becomes the code in which each symbol has as many bits as `lengths` says, 0 for none.
    ///
    /// # Errors
    /// There are more codes than bits can tell apart, or bits that are no code. The latter is allowed where there is but one symbol, or none
    /// (RFC 1951 section 3.2.7, on distances).
    pub(super) fn build(&mut self, lengths: &[u8]) -> Result<(), Invalid> {
        build(&mut self.lengths, &mut self.symbols, lengths)
    }

    /// The symbol at the start of `bits`, the first one lowest, of which `held` are there.
    ///
    /// # Errors
    /// The bits are no code.
    pub(super) fn decode(&self, bits: u32, held: u8) -> Result<Decoded, Invalid> {
        decode(&self.lengths, &self.symbols, bits, held)
    }
}

fn build(codes: &mut Lengths, symbols: &mut [u16], lengths: &[u8]) -> Result<(), Invalid> {
    let mut counts = [0_u16; MAX_BITS + 1];
    for length in lengths {
        let count = counts.get_mut(usize::from(*length)).ok_or(Invalid)?;
        *count = count.wrapping_add(1);
    }
    check(&counts)?;
    let is_used = |count: &u16| *count != 0;
    codes.shortest =
        counts.iter().skip(1).position(is_used).map_or(0, |shorter| shorter.wrapping_add(1) as u8);
    // Where the symbols of each length begin.
    let mut begins = [0_u16; MAX_BITS + 1];
    // Of the length that is looked at: the first code, and the place of its symbol.
    let (mut first, mut place) = (0_u16, 0_u16);
    let rows = codes.ends.iter_mut().zip(&mut codes.places).zip(begins.iter_mut().zip(counts));
    for (length, ((end, places), (begin, count))) in rows.enumerate().skip(1) {
        first <<= 1;
        (*places, *begin) = (place.wrapping_sub(first), place);
        first = first.wrapping_add(count);
        place = place.wrapping_add(count);
        *end = first << MAX_BITS.saturating_sub(length);
    }
    for (symbol, length) in (0..).zip(lengths).filter(|(_, length)| **length != 0) {
        let place = begins.get_mut(usize::from(*length)).ok_or(Invalid)?;
        *symbols.get_mut(usize::from(*place)).ok_or(Invalid)? = symbol;
        *place = place.wrapping_add(1);
    }
    Ok(())
}

/// Whether the codes use up all bits, and no more.
fn check(counts: &[u16; MAX_BITS + 1]) -> Result<(), Invalid> {
    let mut left = 1_u16;
    let mut used = 0_u16;
    for count in counts.iter().skip(1) {
        left = left.wrapping_mul(2).checked_sub(*count).ok_or(Invalid)?;
        used = used.wrapping_add(*count);
    }
    if left == 0 || used <= 1 { Ok(()) } else { Err(Invalid) }
}

fn decode(codes: &Lengths, symbols: &[u16], bits: u32, held: u8) -> Result<Decoded, Invalid> {
    // The first bit is a code's highest.
    let code = (bits.reverse_bits() >> (u32::BITS as usize).saturating_sub(MAX_BITS)) as u16;
    // No code is below the end of a length that is shorter than all: that is 0.
    let mut ends = codes.ends.iter().enumerate().skip(codes.shortest.into());
    let Some((length, _)) = ends.find(|(_, end)| code < **end) else {
        return if usize::from(held) < MAX_BITS { Ok(Decoded::Incomplete) } else { Err(Invalid) };
    };
    if length > held.into() {
        return Ok(Decoded::Incomplete);
    }
    let own = code >> MAX_BITS.saturating_sub(length);
    let place = own.wrapping_add(codes.places.get(length).copied().unwrap_or_default());
    Ok(Decoded::Symbol(*symbols.get(usize::from(place)).ok_or(Invalid)?, length as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(lengths: &[u8]) -> Result<Code<288>, Invalid> {
        let mut code = Code::new();
        code.build(lengths).map(|()| code)
    }

    /// The example of RFC 1951 section 3.2.2: A to H have lengths 3, 3, 3, 3, 3, 2, 4, 4.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let code = code(&[3, 3, 3, 3, 3, 2, 4, 4]).unwrap();
        for (symbol, text) in
            ["010", "011", "100", "101", "110", "00", "1110", "1111"].into_iter().enumerate()
        {
            let bits = text.chars().rev().fold(0, |bits, bit| bits << 1 | u32::from(bit == '1'));
            let length = text.len() as u8;
            assert_eq!(code.decode(bits, 32), Ok(Decoded::Symbol(symbol as u16, length)), "{text}");
            assert_eq!(code.decode(bits, length), Ok(Decoded::Symbol(symbol as u16, length)), "{text}");
            assert_eq!(code.decode(bits, length - 1), Ok(Decoded::Incomplete), "{text}");
        }
    }

    #[test]
    fn codes_that_cannot_be_are_refused() {
        assert!(code(&[1, 1, 1]).is_err(), "three symbols of one bit");
        assert!(code(&[2, 2, 2]).is_err(), "a code is missing");
        assert!(code(&[15; 3]).is_err(), "most codes are missing");
        assert!(code(&[16]).is_err(), "too long");
    }

    #[test]
    fn one_symbol_or_none_needs_no_other() {
        let one = code(&[0, 1]).unwrap();
        assert_eq!(one.decode(0, 1), Ok(Decoded::Symbol(1, 1)));
        assert!(one.decode(1, 15).is_err() || one.decode(1, 15) == Ok(Decoded::Incomplete));
        assert!(one.decode(0xFFFF, 32).is_err());
        assert!(code(&[0; 30]).unwrap().decode(0, 32).is_err());
    }
}
