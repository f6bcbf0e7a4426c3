//! Request methods (RFC 9110 section 9, PATCH in RFC 5789) and sets of them.

use core::ops::BitOr;

use super::write::Cursor;

/// A method that this server can name. RFC 9110 section 9.1: methods are case-sensitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the methods")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Delete,
    Connect,
    Options,
    Trace,
    Patch,
}

impl Method {
    pub(crate) const ALL: [Method; 9] = [
        Method::Get,
        Method::Head,
        Method::Post,
        Method::Put,
        Method::Delete,
        Method::Connect,
        Method::Options,
        Method::Trace,
        Method::Patch,
    ];

    /// The length of the longest name.
    pub(super) const LONGEST: usize = 7;

    /// The method of that name; `None` for a name that this server does not know.
    #[must_use]
    pub fn from_token(token: &[u8]) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.as_str().as_bytes() == token)
    }

    /// The name as it stands in a request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
            Method::Connect => "CONNECT",
            Method::Options => "OPTIONS",
            Method::Trace => "TRACE",
            Method::Patch => "PATCH",
        }
    }
}

/// A set of methods: what a route answers, what an `Allow` field lists.
///
/// ```
/// use wm_websockets::http::{Method, MethodSet};
///
/// let methods = Method::Get | Method::Post;
/// let mut buffer = [0; MethodSet::ALLOW_LENGTH];
/// assert_eq!(methods.write_allow(&mut buffer), Some(&b"GET, POST"[..]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MethodSet(u16);

impl MethodSet {
    /// A buffer of this length holds the list of any set.
    pub const ALLOW_LENGTH: usize = 60;

    /// The set of no method.
    pub const EMPTY: MethodSet = MethodSet(0);

    const fn of(method: Method) -> Self {
        MethodSet(1_u16.wrapping_shl(method as u32))
    }

    /// This set and `method`.
    #[must_use]
    pub const fn with(self, method: Method) -> Self {
        MethodSet(self.0 | Self::of(method).0)
    }

    /// Whether the set holds `method`.
    #[must_use]
    pub const fn contains(self, method: Method) -> bool {
        self.0 & Self::of(method).0 != 0
    }

    /// Whether the set holds no method.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether both sets hold some method.
    #[must_use]
    pub const fn intersects(self, other: MethodSet) -> bool {
        self.0 & other.0 != 0
    }

    /// The value of an `Allow` field (RFC 9110 section 10.2.1); `None` when the buffer is shorter than the
    /// list.
    #[must_use]
    pub fn write_allow(self, buffer: &mut [u8]) -> Option<&[u8]> {
        let mut cursor = Cursor::new(buffer);
        for method in Method::ALL.into_iter().filter(|&method| self.contains(method)) {
            let separator = if cursor.length() == 0 { "" } else { ", " };
            cursor.put(&[separator.as_bytes(), method.as_str().as_bytes()], 0)?;
        }
        Some(cursor.finish())
    }
}

impl From<Method> for MethodSet {
    fn from(method: Method) -> Self {
        MethodSet::of(method)
    }
}

impl BitOr for Method {
    type Output = MethodSet;

    fn bitor(self, other: Method) -> MethodSet {
        MethodSet::of(self).with(other)
    }
}

impl BitOr<Method> for MethodSet {
    type Output = MethodSet;

    fn bitor(self, method: Method) -> MethodSet {
        self.with(method)
    }
}

impl BitOr for MethodSet {
    type Output = MethodSet;

    fn bitor(self, other: MethodSet) -> MethodSet {
        MethodSet(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_case_sensitive_and_reversible() {
        for method in Method::ALL {
            assert_eq!(Method::from_token(method.as_str().as_bytes()), Some(method));
            assert!(method.as_str().len() <= Method::LONGEST);
        }
        assert_eq!(Method::from_token(b"get"), None);
        assert_eq!(Method::from_token(b"GETS"), None);
        assert_eq!(Method::from_token(b""), None);
    }

    #[test]
    fn the_full_allow_list_fits_its_buffer() {
        let all = Method::ALL.into_iter().fold(MethodSet::EMPTY, MethodSet::with);
        let mut buffer = [0; MethodSet::ALLOW_LENGTH];
        assert_eq!(
            all.write_allow(&mut buffer),
            Some(&b"GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH"[..])
        );
        assert_eq!(all.write_allow(&mut [0; 20]), None);
        assert_eq!(MethodSet::EMPTY.write_allow(&mut []), Some(&b""[..]));
    }

    #[test]
    fn sets_hold_what_was_put_in() {
        let set = Method::Get | Method::Put | Method::Patch;
        assert!(set.contains(Method::Put) && !set.contains(Method::Post));
        assert!(
            set.intersects(MethodSet::from(Method::Get)) && !set.intersects(MethodSet::from(Method::Head))
        );
        assert!(MethodSet::EMPTY.is_empty() && !set.is_empty());
    }
}
