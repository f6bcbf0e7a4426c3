//! The patterns of routes, and which paths fit them; [`Router`](super::Router) says what they mean.

use super::Parameters;
use super::octets::{find, split_once};
use super::percent::next_octet;

/// A segment of a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Segment {
    Literal(&'static str),
    /// `{name}`.
    Parameter(&'static str),
    /// `{*name}`.
    Tail(&'static str),
}

impl Segment {
    /// The first segment of a pattern, and what follows the slash behind it.
    pub(super) fn split(pattern: &'static str) -> (Segment, Option<&'static str>) {
        let (text, rest) = split_once(pattern, b'/');
        let braced = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        let segment = match braced {
            None => Segment::Literal(text),
            Some(name) => name.strip_prefix('*').map_or(Segment::Parameter(name), Segment::Tail),
        };
        (segment, rest)
    }

    fn rank(self) -> u32 {
        match self {
            Segment::Literal(_) => 3,
            Segment::Parameter(_) => 2,
            Segment::Tail(_) => 1,
        }
    }

    /// Whether `pattern` may have this segment.
    fn is_sound(self, pattern: &'static str, last: bool) -> bool {
        match self {
            // `/:id` is how others write a parameter: it would wait for a colon for ever.
            Segment::Literal(text) => is_literal(text) && text.as_bytes().first() != Some(&b':'),
            Segment::Tail(_) if !last => false,
            Segment::Parameter(name) | Segment::Tail(name) => {
                let named_so = Parameters::new(pattern, pattern).iter().filter(|(each, _)| *each == name);
                // `{id:u8}` is how others say what is captured: nobody would ask for that name.
                let has_colon = name.bytes().any(|octet| octet == b':');
                is_literal(name) && !has_colon && !name.is_empty() && named_so.count() == 1
            }
        }
    }
}

/// How specific a pattern is: two bits a segment, the first one highest, so that the more specific pattern
/// has the larger number. `None` for text that is no pattern.
pub(super) fn rank(pattern: &'static str) -> Option<u32> {
    let (mut rank, mut place) = (0, u32::BITS);
    let mut rest = Some(pattern.strip_prefix('/')?);
    while let Some(text) = rest {
        let segment;
        (segment, rest) = Segment::split(text);
        place = place.checked_sub(2).filter(|_| segment.is_sound(pattern, rest.is_none()))?;
        rank |= segment.rank().wrapping_shl(place);
    }
    Some(rank)
}

/// Whether `text` can be a segment of a path, decoded, or the name of a parameter.
fn is_literal(text: &str) -> bool {
    !matches!(text, "." | "..") && !text.bytes().any(|octet| matches!(octet, b'{' | b'}' | b'*' | b'\\' | 0))
}

/// Whether two patterns of the same rank have the same literals, and so the same paths.
pub(super) fn same_paths(one: &'static str, other: &'static str) -> bool {
    let (mut one, mut other) = (Some(one), Some(other));
    while let (Some(one_rest), Some(other_rest)) = (one, other) {
        let (a, b);
        (a, one) = Segment::split(one_rest);
        (b, other) = Segment::split(other_rest);
        if matches!(a, Segment::Literal(_)) && a != b {
            return false;
        }
    }
    true
}

/// Whether `path` fits `pattern`, octet by octet. Of a sound pattern only what it captures needs a look: no
/// literal leads out of a folder.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.as_bytes(), path.as_bytes());
    loop {
        (pattern, path) = match (pattern, path) {
            ([], _) => return path.is_empty(),
            ([b'{', b'*', ..], _) => return !is_unsafe(path),
            ([b'{', ..], _) => match split_segment(path) {
                ([], _) => return false,
                (captured, _) if is_unsafe(captured) => return false,
                (_, rest) => (split_segment(pattern).1, rest),
            },
            ([expected, pattern @ ..], [octet, path @ ..]) if octet == expected && *octet != b'%' => {
                (pattern, path)
            }
            ([expected, pattern @ ..], [b'%', ..]) => match next_octet(path) {
                // An encoded slash separates nothing.
                Some((octet, path)) if octet == *expected && octet != b'/' => (pattern, path),
                _ => return false,
            },
            _ => return false,
        }
    }
}

/// `text` up to the next slash, and what begins with that.
fn split_segment(text: &[u8]) -> (&[u8], &[u8]) {
    let end = find(text, b'/').unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, b""))
}

/// Whether what was captured, decoded, could lead out of a folder or end a C string early; see
/// [`Router`](super::Router).
fn is_unsafe(captured: &[u8]) -> bool {
    /// More dots than a dot segment has, or an octet that is none.
    const NO_DOT_SEGMENT: u8 = 3;
    let mut dots = 0_u8;
    let mut rest = captured;
    while let Some((octet, tail)) = next_octet(rest) {
        match octet {
            0 => return true,
            b'/' | b'\\' if matches!(dots, 1 | 2) => return true,
            b'/' | b'\\' => dots = 0,
            b'.' => dots = dots.saturating_add(1),
            _ => dots = NO_DOT_SEGMENT,
        }
        rest = tail;
    }
    matches!(dots, 1 | 2) || !rest.is_empty()
}
