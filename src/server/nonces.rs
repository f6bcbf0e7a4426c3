//! Nonces that need no memory until they are used, and can be used once for each count.

use alloc::boxed::Box;
use core::time::Duration;

use hmac_sha256::HMAC;
use wm_sys::{Instant, heap};

use crate::http::{are_same, hex_into};

/// For how long a nonce is good.
const LIFETIME: Duration = Duration::from_secs(300);

/// Nonces in use that are remembered: one for each browser.
const REMEMBERED: usize = 8;

/// Counts below the highest that may still come: a browser sends over several connections.
const OUT_OF_ORDER: u32 = 32;

/// The time of issue, and a proof that we made it: 16 and 64 hexadecimal digits.
pub(super) type Nonce = [u8; 80];

/// The nonces of a context.
pub(super) struct Nonces {
    /// What only we know.
    secret: [u8; 32],
    used: [Used; REMEMBERED],
    /// Nonces issued up to then, in milliseconds, are good no more, unless they are remembered.
    forgotten: u64,
    /// When the last one was issued: no two are at once.
    last: u64,
}

/// A nonce that was used.
#[derive(Clone, Copy)]
struct Used {
    /// When it was issued; 0: there is none.
    issued: u64,
    highest: u32,
    /// Which counts have come: the highest is the lowest bit, and so on downwards.
    counts: u32,
}

/// What a client's use of a nonce is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// The first with this count.
    First,
    /// Not that, or not known to be that; or the nonce is too old, or none of ours.
    Stale,
}

impl Nonces {
    /// Those of the context, whose place this is: made when they are needed first. `None`: there is no memory, or no entropy.
    pub(super) fn of(place: &mut Option<Box<Nonces>>) -> Option<&mut Nonces> {
        if place.is_none() {
            let mut secret = [0; 32];
            wm_sys::entropy(&mut secret).ok()?;
            *place = Some(heap::try_box(Nonces::new(secret)).ok()?);
        }
        place.as_deref_mut()
    }

    const fn new(secret: [u8; 32]) -> Self {
        const UNUSED: Used = Used { issued: 0, highest: 0, counts: 0 };
        Nonces { secret, used: [UNUSED; REMEMBERED], forgotten: 0, last: 0 }
    }

    /// A new one.
    pub(super) fn issue(&mut self, now: Instant) -> Nonce {
        self.last = now.as_millis().max(self.last.saturating_add(1));
        nonce(&self.secret, self.last)
    }

    /// Uses one for the `count`th time, as its client says.
    pub(super) fn take(&mut self, text: &[u8], count: Option<u32>, now: Instant) -> Use {
        match (self.issued(text), count) {
            (Some(issued), Some(count))
                if issued.saturating_add(LIFETIME.as_millis() as u64) >= now.as_millis() =>
            {
                self.note(issued, count)
            }
            _ => Use::Stale,
        }
    }

    /// When a nonce was issued, if it is of ours.
    fn issued(&self, text: &[u8]) -> Option<u64> {
        let digits = core::str::from_utf8(text.get(..16)?).ok()?;
        let issued = u64::from_str_radix(digits, 16).ok()?;
        are_same(&nonce(&self.secret, issued), text).then_some(issued)
    }

    fn note(&mut self, issued: u64, count: u32) -> Use {
        if let Some(used) = self.used.iter_mut().find(|used| used.issued == issued) {
            return used.note(count);
        }
        if issued <= self.forgotten {
            return Use::Stale;
        }
        let Some(oldest) = self.used.iter_mut().min_by_key(|used| used.issued) else { return Use::Stale };
        if issued < oldest.issued {
            return Use::Stale;
        }
        self.forgotten = oldest.issued;
        *oldest = Used { issued, highest: count, counts: 1 };
        Use::First
    }
}

impl Used {
    fn note(&mut self, count: u32) -> Use {
        let (ahead, behind) = (count.saturating_sub(self.highest), self.highest.saturating_sub(count));
        if ahead > 0 {
            self.counts = self.counts.checked_shl(ahead).unwrap_or_default() | 1;
            self.highest = count;
            return Use::First;
        }
        let bit = 1_u32.checked_shl(behind).unwrap_or_default();
        if behind >= OUT_OF_ORDER || self.counts & bit != 0 {
            return Use::Stale;
        }
        self.counts |= bit;
        Use::First
    }
}

fn nonce(secret: &[u8; 32], issued: u64) -> Nonce {
    let mut nonce = [0; 80];
    let (time, proof) = nonce.split_at_mut(16);
    hex_into(&issued.to_be_bytes(), time);
    hex_into(&HMAC::mac(issued.to_be_bytes(), secret), proof);
    nonce
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nonces() -> Nonces {
        Nonces::new([7; 32])
    }

    const NOW: Instant = Instant::from_millis(1_000);

    #[test]
    fn a_nonce_is_good_once_for_each_count() {
        let mut nonces = nonces();
        let nonce = nonces.issue(NOW);
        for (count, expected) in [
            (1, Use::First),
            (1, Use::Stale),
            (4, Use::First),
            (2, Use::First),
            (3, Use::First),
            (3, Use::Stale),
            (100, Use::First),
            (69, Use::First),
            (68, Use::Stale),
            (u32::MAX, Use::First),
            (100, Use::Stale),
        ] {
            assert_eq!(nonces.take(&nonce, Some(count), NOW), expected, "{count}");
        }
    }

    #[test]
    fn a_nonce_grows_old() {
        let mut nonces = nonces();
        let nonce = nonces.issue(NOW);
        assert_eq!(nonces.take(&nonce, Some(1), NOW + LIFETIME), Use::First);
        assert_eq!(nonces.take(&nonce, Some(2), NOW + LIFETIME + Duration::from_millis(1)), Use::Stale);
    }

    #[test]
    fn nobody_else_makes_one() {
        let mut nonces = nonces();
        let mut nonce = nonces.issue(NOW);
        for place in [0, 15, 16, 79] {
            nonce[place] ^= 1;
            assert_eq!(nonces.take(&nonce, Some(1), NOW), Use::Stale, "{place}");
            nonce[place] ^= 1;
        }
        assert_eq!(nonces.take(&nonce[..79], Some(1), NOW), Use::Stale);
        assert_eq!(nonces.take(b"", Some(1), NOW), Use::Stale);
        assert_eq!(nonces.take(&nonce, None, NOW), Use::Stale);
        assert_eq!(nonces.take(&nonce, Some(1), NOW), Use::First);
    }

    /// What was used and is forgotten stays used; what was not used yet is good as long as it is younger.
    #[test]
    fn a_forgotten_nonce_cannot_be_used_again() {
        let mut nonces = nonces();
        let all: [Nonce; REMEMBERED + 2] = core::array::from_fn(|_| nonces.issue(NOW));
        let [unused, used, rest @ ..] = &all;
        assert_eq!(nonces.take(used, Some(1), NOW), Use::First);
        for nonce in rest {
            assert_eq!(nonces.take(nonce, Some(1), NOW), Use::First);
        }
        assert_eq!(nonces.take(used, Some(1), NOW), Use::Stale);
        assert_eq!(nonces.take(unused, Some(1), NOW), Use::Stale);
        for nonce in rest {
            assert_eq!(nonces.take(nonce, Some(2), NOW), Use::First);
        }
        let next = nonces.issue(NOW);
        assert_eq!(nonces.take(&next, Some(1), NOW), Use::First);
    }
}
