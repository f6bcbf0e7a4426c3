//! Lengths and distances as symbols and extra bits (RFC 1951 section 3.2.5).
//!
//! The tables there have a rule: behind the first symbols, which stand for one value each, groups of symbols (four for lengths, two for
//! distances) halve an octave among them, and have an extra bit more than the group before.

/// The shortest match that has a symbol.
pub(super) const MIN_MATCH: u16 = 3;

/// The longest one.
pub(super) const MAX_MATCH: u16 = 258;

/// The literal/length symbol that ends a block.
pub(super) const END_OF_BLOCK: u16 = 256;

/// The literal/length symbol of [`MAX_MATCH`], which stands apart from the rule.
const LONGEST: u16 = 285;

/// The first length symbol.
const FIRST_LENGTH: u16 = 257;

/// A symbol, and what follows it to tell the values apart that share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Coded {
    pub(super) symbol: u16,
    pub(super) extra: u16,
    pub(super) extra_bits: u8,
}

/// What a symbol stands for: this value and those behind it, as far as the extra bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Values {
    pub(super) base: u16,
    pub(super) extra_bits: u8,
}

/// The symbol of a match's length, of [`MIN_MATCH`] to [`MAX_MATCH`] bytes.
pub(super) fn length(length: u16) -> Coded {
    if length == MAX_MATCH {
        return Coded { symbol: LONGEST, extra: 0, extra_bits: 0 };
    }
    let coded = grouped(length.wrapping_sub(MIN_MATCH), 2);
    Coded { symbol: coded.symbol.wrapping_add(FIRST_LENGTH), ..coded }
}

/// The symbol of a match's distance, of 1 to 32,768 bytes.
pub(super) fn distance(distance: u16) -> Coded {
    grouped(distance.wrapping_sub(1), 1)
}

/// The lengths that a symbol above [`END_OF_BLOCK`] stands for; `None`: it is reserved.
pub(super) fn lengths(symbol: u16) -> Option<Values> {
    match symbol {
        LONGEST => Some(Values { base: MAX_MATCH, extra_bits: 0 }),
        FIRST_LENGTH..LONGEST => {
            let values = ungrouped(symbol.wrapping_sub(FIRST_LENGTH), 2);
            Some(Values { base: values.base.wrapping_add(MIN_MATCH), ..values })
        }
        _ => None,
    }
}

/// The distances that a symbol stands for; `None`: it is reserved.
pub(super) fn distances(symbol: u16) -> Option<Values> {
    let values = ungrouped(symbol, 1);
    (symbol < 30).then_some(Values { base: values.base.wrapping_add(1), ..values })
}

/// `value` from zero, in groups of `1 << width` symbols.
fn grouped(value: u16, width: u8) -> Coded {
    let octave = (u16::BITS as u8).wrapping_sub(value.leading_zeros() as u8);
    let extra_bits = octave.saturating_sub(width).saturating_sub(1);
    let group = u16::from(extra_bits) << width;
    let within = value >> extra_bits;
    Coded { symbol: group.wrapping_add(within), extra: value & !(u16::MAX << extra_bits), extra_bits }
}

fn ungrouped(symbol: u16, width: u8) -> Values {
    let extra_bits = ((symbol >> width) as u8).saturating_sub(1) & 15;
    let within = symbol.wrapping_sub(u16::from(extra_bits) << width);
    Values { base: within << extra_bits, extra_bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_and_distance_has_a_symbol_that_stands_for_it() {
        for value in MIN_MATCH..=MAX_MATCH {
            let coded = length(value);
            let values = lengths(coded.symbol).unwrap();
            assert_eq!((values.base + coded.extra, values.extra_bits), (value, coded.extra_bits), "{value}");
        }
        for value in 1..=32_768_u16 {
            let coded = distance(value);
            let values = distances(coded.symbol).unwrap();
            assert_eq!((values.base + coded.extra, values.extra_bits), (value, coded.extra_bits), "{value}");
        }
    }

    /// Rows of the tables in RFC 1951 section 3.2.5.
    #[test]
    fn symbols_are_those_of_the_rfc() {
        for (symbol, extra_bits, base) in [
            (257, 0, 3),
            (264, 0, 10),
            (265, 1, 11),
            (268, 1, 17),
            (269, 2, 19),
            (281, 5, 131),
            (284, 5, 227),
        ] {
            assert_eq!(lengths(symbol), Some(Values { base, extra_bits }), "{symbol}");
        }
        assert_eq!(lengths(285), Some(Values { base: 258, extra_bits: 0 }));
        for (symbol, extra_bits, base) in
            [(0, 0, 1), (3, 0, 4), (4, 1, 5), (9, 3, 25), (10, 4, 33), (28, 13, 16_385), (29, 13, 24_577)]
        {
            assert_eq!(distances(symbol), Some(Values { base, extra_bits }), "{symbol}");
        }
    }

    #[test]
    fn reserved_symbols_stand_for_nothing() {
        assert_eq!((lengths(286), lengths(287)), (None, None));
        assert_eq!((distances(30), distances(31)), (None, None));
    }
}
