//! What the `Connection` field asks for (RFC 9110 section 7.6.1, RFC 9112 section 9.3).

use super::Version;
use super::fields::elements;
use super::octets::find_name;

/// The connection options that this server knows, as far as the field lines read so far name them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Connection {
    close: bool,
    keep_alive: bool,
    upgrade: bool,
}

const OPTIONS: [&[u8]; 3] = [b"close", b"keep-alive", b"upgrade"];

impl Connection {
    /// Takes in a `Connection` field. Options unknown here name fields that concern intermediaries.
    pub(super) fn note(&mut self, value: &[u8]) {
        // Most clients name one option: that is no list to take apart.
        if !self.note_option(value) {
            elements(value).for_each(|option| _ = self.note_option(option));
        }
    }

    /// Whether it is one of the known options.
    #[inline(never)]
    fn note_option(&mut self, option: &[u8]) -> bool {
        match find_name(option, &OPTIONS) {
            Some(0) => self.close = true,
            Some(1) => self.keep_alive = true,
            Some(_) => self.upgrade = true,
            None => return false,
        }
        true
    }

    /// Whether the connection persists: `close` wins, then HTTP/1.1, then HTTP/1.0 with `keep-alive`.
    pub(super) fn persists(self, version: Version) -> bool {
        !self.close && (version == Version::Http11 || self.keep_alive)
    }

    /// Whether the `Upgrade` field holds. In HTTP/1.0 it never does (RFC 9110 section 7.8).
    pub(super) fn upgrades(self, version: Version) -> bool {
        self.upgrade && version == Version::Http11
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(value: &[u8]) -> Connection {
        let mut connection = Connection::default();
        connection.note(value);
        connection
    }

    #[test]
    fn persistence_follows_option_and_version() {
        assert!(connection(b"").persists(Version::Http11));
        assert!(!connection(b"").persists(Version::Http10));
        assert!(connection(b"Keep-Alive").persists(Version::Http10));
        assert!(!connection(b"keep-alive, Close").persists(Version::Http10));
        assert!(!connection(b"close").persists(Version::Http11));
        assert!(connection(b"not-close, TE").persists(Version::Http11));
    }

    #[test]
    fn upgrade_counts_in_http_1_1_only() {
        assert!(connection(b"keep-alive , Upgrade").upgrades(Version::Http11));
        assert!(!connection(b"Upgrade").upgrades(Version::Http10));
        assert!(!connection(b"keep-alive").upgrades(Version::Http11));
    }
}
