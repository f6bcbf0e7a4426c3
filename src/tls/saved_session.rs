//! What a client keeps of a session, to resume it.

use alloc::boxed::Box;
use core::ops::Deref;
use core::ptr;

use wm_sys::heap;

use super::cipher_suite::Version;
use super::error::{Error, ErrorKind, check};
use super::raw;

/// What is left of a session, for the next one with the same server: a ticket or a name, and the secret that goes with it. A few
/// hundred bytes.
pub struct SavedSession {
    raw: raw::mbedtls_ssl_session,
}

impl SavedSession {
    pub(super) fn of(ssl: &raw::mbedtls_ssl_context) -> Result<SavedSession, Error> {
        let mut saved = SavedSession { raw: Default::default() };
        // SAFETY: the context is set up; zeroed is initialised (`mbedtls_ssl_session_init`), and everything is copied.
        check(unsafe { raw::mbedtls_ssl_get_session(ssl, &mut saved.raw) })?;
        Ok(saved)
    }

    /// Whether a server could remember it: it has a ticket, or in TLS 1.2 a name. Without the secret of a ticket, which there was no memory to
    /// calculate perhaps, anybody could be that server.
    pub(super) fn is_resumable(&self) -> bool {
        if self.raw.private_tls_version == Version::Tls12.to_raw() {
            return self.raw.private_ticket_len > 0 || self.raw.private_id_len > 0;
        }
        #[cfg(feature = "security-small")]
        if !raw::has_secret(&self.raw) {
            return false;
        }
        self.raw.private_ticket_len > 0
    }

    pub(super) fn to_bytes(&self, now: Moment) -> Result<Secret, Error> {
        let mut length = self.length();
        let mut bytes = Secret(heap::try_slice(length, |_| 0)?);
        let kept = now.keep(&self.raw);
        // SAFETY: the session is valid, and there are `length` bytes of room.
        check(unsafe { raw::mbedtls_ssl_session_save(&kept, bytes.0.as_mut_ptr(), length, &mut length) })?;
        Ok(bytes)
    }

    /// How many bytes those are.
    pub(super) fn length(&self) -> usize {
        let mut length = 0;
        // SAFETY: the session is valid. Without room it tells how much it needs.
        unsafe { raw::mbedtls_ssl_session_save(&self.raw, ptr::null_mut(), 0, &mut length) };
        length
    }

    pub(super) fn from_bytes(bytes: &[u8], now: Moment) -> Result<SavedSession, Error> {
        let mut saved = SavedSession { raw: Default::default() };
        // SAFETY: zeroed is initialised (`mbedtls_ssl_session_init`); lengths are checked, and everything is copied.
        check(unsafe { raw::mbedtls_ssl_session_load(&mut saved.raw, bytes.as_ptr(), bytes.len()) })?;
        // The library does not look at that, and sends so many bytes.
        if saved.raw.private_id_len > saved.raw.private_id.len() {
            return Err(Error::new(ErrorKind::Internal));
        }
        #[cfg(feature = "security-small")]
        if saved.raw.private_tls_version == Version::Tls13.to_raw() && !ends_its_name(bytes) {
            return Err(Error::new(ErrorKind::Internal));
        }
        now.restore(&mut saved.raw);
        Ok(saved)
    }

    pub(super) fn as_ptr(&self) -> *const raw::mbedtls_ssl_session {
        &self.raw
    }
}

/// Whether the server's name, which a session of TLS 1.3 is saved with, has its zero byte. The library does not look at that when it loads one,
/// and reads on behind the name until it finds another.
#[cfg(feature = "security-small")]
fn ends_its_name(bytes: &[u8]) -> bool {
    /// In front of the length of the key: what the library writes (5 bytes), version, side and suite (4), the ticket's age and flags (5).
    const KEY_LENGTH: usize = 14;
    let name = || {
        let (key_length, rest) = bytes.get(KEY_LENGTH..)?.split_first()?;
        let (length, rest) = rest.get(usize::from(*key_length)..)?.split_first_chunk()?;
        rest.get(..usize::from(u16::from_be_bytes(*length)))
    };
    matches!(name(), Some([] | [.., 0]))
}

/// A session as bytes, its secret among them.
pub(super) struct Secret(Box<[u8]>);

impl Deref for Secret {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        // SAFETY: the box's own bytes.
        unsafe { raw::zeroize(self.0.as_mut_ptr(), self.0.len()) };
    }
}

impl Drop for SavedSession {
    fn drop(&mut self) {
        // SAFETY: initialised when it was made; it wipes what it frees.
        unsafe { raw::mbedtls_ssl_session_free(&mut self.raw) };
    }
}

/// What the clocks show, in milliseconds. The time at which a ticket of TLS 1.3 was received is one of the clock that begins anew with the
/// device; so what is kept is the date, or how long ago it was: the server is told of that (RFC 8446 section 4.2.11.1), and one that seems to
/// come from the future would not be used.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    #[cfg(feature = "security-small")]
    since_start: i64,
    #[cfg(feature = "security-small")]
    date: Option<i64>,
}

impl Moment {
    pub(super) fn now() -> Self {
        #[cfg(feature = "security-small")]
        let milliseconds = |seconds: u64| i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
        Moment {
            #[cfg(feature = "security-small")]
            since_start: i64::try_from(wm_sys::now().as_millis()).unwrap_or(i64::MAX),
            #[cfg(feature = "security-small")]
            date: wm_sys::unix_time().map(milliseconds),
        }
    }

    /// The session to be kept, with a date, or the complement of an age. Only TLS 1.3 has such tickets.
    #[cfg(feature = "security-small")]
    fn keep(self, session: &raw::mbedtls_ssl_session) -> raw::mbedtls_ssl_session {
        let age = self.since_start.saturating_sub(session.private_ticket_reception_time).max(0);
        let kept = self.date.map_or(!age, |date| date.saturating_sub(age).max(0));
        raw::mbedtls_ssl_session { private_ticket_reception_time: kept, ..*session }
    }

    /// Of a date that cannot be compared with anything the age is not known.
    #[cfg(feature = "security-small")]
    fn restore(self, session: &mut raw::mbedtls_ssl_session) {
        let age = match (session.private_ticket_reception_time, self.date) {
            (kept @ ..0, _) => !kept,
            (kept, Some(date)) => date.saturating_sub(kept).max(0),
            (_, None) => 0,
        };
        session.private_ticket_reception_time = self.since_start.saturating_sub(age);
    }

    #[cfg(not(feature = "security-small"))]
    fn keep(self, session: &raw::mbedtls_ssl_session) -> raw::mbedtls_ssl_session {
        *session
    }

    #[cfg(not(feature = "security-small"))]
    fn restore(self, _: &mut raw::mbedtls_ssl_session) {}
}

#[cfg(test)]
#[cfg(feature = "security-small")]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::tls::tests::{End, turn};
    use crate::tls::{CipherSuite, ClientConfig, Engine, Handshake, Read, ServerConfig, ServerName, Session};

    /// Ten seconds after a ticket has come the device falls asleep for a minute.
    #[test]
    fn a_ticket_has_its_age_after_sleep() {
        for (date, date_then, expected) in [
            (Some(1_700_000_000_000), Some(1_700_000_060_000), 70_000),
            (None, None, 10_000),
            (None, Some(1_700_000_060_000), 10_000),
            (Some(1_700_000_000_000), None, 0),
            (Some(1_700_000_000_000), Some(1_600_000_000_000), 0),
        ] {
            let mut saved = SavedSession { raw: Default::default() };
            saved.raw.private_tls_version = Version::Tls13.to_raw();
            saved.raw.private_ticket_reception_time = 3_600_000;
            let asleep = Moment { since_start: 3_610_000, date };
            let awake = Moment { since_start: 5, date: date_then };
            let saved = SavedSession::from_bytes(&saved.to_bytes(asleep).unwrap(), awake).unwrap();
            assert_eq!(awake.since_start - saved.raw.private_ticket_reception_time, expected);
        }
    }

    /// The library believes what it reads there, and would send what lies behind the name in memory.
    #[test]
    fn a_name_that_is_longer_than_names_are_is_not_imported() {
        let now = Moment { since_start: 5, date: None };
        for (length, is_good) in [(0, true), (32, true), (33, false), (255, false)] {
            let mut saved = SavedSession { raw: Default::default() };
            saved.raw.private_tls_version = Version::Tls12.to_raw();
            saved.raw.private_id_len = length;
            let bytes = saved.to_bytes(now).unwrap();
            assert_eq!(SavedSession::from_bytes(&bytes, now).is_ok(), is_good, "{length}");
        }
    }

    /// The same of a server's name: what is sent of it ends at a zero byte, wherever in memory that is.
    #[test]
    fn a_name_without_an_end_is_not_imported() {
        let _turn = turn();
        let now = Moment { since_start: 5, date: None };
        let engine = Engine::new().unwrap();
        let bytes = saved(&engine, Version::Tls13).to_bytes(now).unwrap().to_vec();
        assert!(SavedSession::from_bytes(&bytes, now).is_ok());
        let name = bytes.windows(7).position(|name| name == b"device\0").expect("the name is in it");
        for (place, length) in [(name + 6, 7), (name - 1, 6), (name - 1, 255)] {
            let mut bad = bytes.clone();
            bad[place] = length;
            assert!(SavedSession::from_bytes(&bad, now).is_err(), "{place}: {length}");
        }
    }

    /// Flash that has lost a bit, or somebody who can write to it: what is imported is used for the next handshake, and exported again.
    #[test]
    fn whatever_is_imported_reads_no_other_memory() {
        let _turn = turn();
        let engine = Engine::new().unwrap();
        for version in [Version::Tls12, Version::Tls13] {
            let client = config(&engine, version);
            client.remember("device", 443, saved(&engine, version));
            let good = client.export_sessions().unwrap();
            for place in 0..good.len() {
                for change in [0x01, 0x04, 0x80, 0xff] {
                    let mut bytes = good.clone();
                    bytes[place] ^= change;
                    client.import_sessions(&bytes).ok();
                    use_imported(&client);
                }
            }
        }
    }

    /// The same of several changes at once, which may lead past what is looked at for each: other octets, fewer or more of them, and parts of a
    /// session of the other version.
    #[test]
    fn whatever_is_changed_together_reads_no_other_memory() {
        const ROUNDS: usize = 4_000;
        let _turn = turn();
        let engine = Engine::new().unwrap();
        let (mut chance, now) = (0x2026_1201_u32, Moment::now());
        let mut below = |most: usize| {
            chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (chance >> 8) as usize % most
        };
        let goods = [Version::Tls12, Version::Tls13].map(|version| {
            let saved = saved(&engine, version);
            (version, saved.to_bytes(now).unwrap().to_vec())
        });
        for round in 0..ROUNDS {
            let ((version, good), (_, other)) = (&goods[round % 2], &goods[(round + 1) % 2]);
            let client = config(&engine, *version);
            let mut bytes = good.clone();
            for _ in 0..=below(4) {
                // Mostly behind the first octets, which say who has made it.
                let place = if below(8) == 0 { below(bytes.len()) } else { 5 + below(bytes.len() - 5) };
                match below(6) {
                    0 => bytes.truncate(place.max(8)),
                    1 => bytes.insert(place, below(256) as u8),
                    2 => drop(bytes.remove(place)),
                    3 => {
                        bytes.splice(place.., other[place.min(other.len())..].iter().copied()).for_each(drop)
                    }
                    _ => bytes[place] = [0, 1, 0x20, 0x30, 0x7f, 0x80, 0xff, below(256) as u8][below(8)],
                }
                bytes.resize(bytes.len().max(8), 0);
            }
            let Ok(saved) = SavedSession::from_bytes(&bytes, now) else { continue };
            client.remember("device", 443, saved);
            use_imported(&client);
        }
    }

    fn use_imported(client: &ClientConfig) {
        client.export_sessions().unwrap();
        let saved = client.recall("device", 443);
        let session = Session::client(client, ServerName::Dns("device"), saved.as_ref());
        let (mut up, mut down) = (VecDeque::new(), VecDeque::new());
        let Ok(mut session) = session else { return };
        while session.handshake_step(&mut End(&mut down, &mut up)) == Ok(Handshake::Step) {}
    }

    fn config(engine: &Engine, version: Version) -> ClientConfig {
        let client = ClientConfig::builder(engine).preshared_key(b"me", b"sixteen bytes...").unwrap();
        client.max_version(version).build().unwrap()
    }

    /// What a client keeps of a session.
    fn saved(engine: &Engine, version: Version) -> SavedSession {
        let server = ServerConfig::builder(engine).preshared_key(b"me", b"sixteen bytes...").unwrap();
        let server = server.build().unwrap();
        let mut session = Session::client(&config(engine, version), ServerName::Dns("device"), None).unwrap();
        let mut peer = Session::server(&server).unwrap();
        let (mut up, mut down) = (VecDeque::new(), VecDeque::new());
        while !session.is_established() || !peer.is_established() {
            session.handshake_step(&mut End(&mut down, &mut up)).unwrap();
            peer.handshake_step(&mut End(&mut up, &mut down)).unwrap();
        }
        if version == Version::Tls13 {
            assert!(matches!(session.read(&mut End(&mut down, &mut up)).unwrap(), Read::Ticket));
        }
        session.saved().unwrap()
    }

    /// A ticket of TLS 1.3 travels in the clear with the hello that uses it. Shown in a hello of TLS 1.2 it must lead to nothing: in what it
    /// contains the master secret of that version is zero.
    #[test]
    fn a_ticket_of_one_version_is_none_of_the_other() {
        let _turn = turn();
        let engine = Engine::new().unwrap();
        let server = ServerConfig::builder(&engine).preshared_key(b"me", b"sixteen bytes...").unwrap();
        let server = server.build().unwrap();
        let client = |key| {
            let builder = ClientConfig::builder(&engine).preshared_key(b"me", key).unwrap();
            move |version| builder.max_version(version).build().unwrap()
        };
        let config = client(b"sixteen bytes...")(Version::Tls13);
        let mut session = Session::client(&config, ServerName::Dns("device"), None).unwrap();
        let mut peer = Session::server(&server).unwrap();
        let (mut up, mut down) = (VecDeque::new(), VecDeque::new());
        while !session.is_established() || !peer.is_established() {
            session.handshake_step(&mut End(&mut down, &mut up)).unwrap();
            peer.handshake_step(&mut End(&mut up, &mut down)).unwrap();
        }
        assert!(matches!(session.read(&mut End(&mut down, &mut up)).unwrap(), Read::Ticket));
        // All that somebody on the way has seen when it is used: the ticket.
        let mut seen = session.saved().unwrap();
        seen.raw.private_tls_version = Version::Tls12.to_raw();
        seen.raw.private_master = [0; 48];
        seen.raw.private_resumption_key = [0; 48];
        seen.raw.private_ciphersuite =
            CipherSuite::TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256.number().into();

        // Who does not know the key.
        let config = client(b"another secret..")(Version::Tls12);
        let mut session = Session::client(&config, ServerName::Dns("device"), Some(&seen)).unwrap();
        let mut peer = Session::server(&server).unwrap();
        let (mut up, mut down) = (VecDeque::new(), VecDeque::new());
        for _ in 0..50 {
            session.handshake_step(&mut End(&mut down, &mut up)).ok();
            peer.handshake_step(&mut End(&mut up, &mut down)).ok();
        }
        assert!(!peer.is_established(), "the server takes somebody for whom he is not");
    }
}
