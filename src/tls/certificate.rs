//! Certificates from memory.

use alloc::vec::Vec;
use core::ffi::c_int;
use core::{ptr, slice};

use wm_sys::heap;

use super::authorities;
use super::config_error::ConfigError;
use super::error::Error;
use super::raw;
use super::shared::Shared;

/// One or more parsed certificates. For an identity: its own, then those that vouch for it. For trust: any.
pub(super) struct Chain {
    /// On the heap, and never moved: a chain is handed on by value, this is 300 bytes long, and C keeps pointers to it. It has one owner.
    first: Shared<raw::mbedtls_x509_crt>,
}

/// Calls `add` with every certificate of those that lie one behind the other, with a zero byte behind all perhaps.
fn each_of_der(
    mut rest: &[u8],
    mut add: impl FnMut(&[u8]) -> Result<(), ConfigError>,
) -> Result<(), ConfigError> {
    while !rest.iter().all(|&byte| byte == 0) {
        let length = der_length(rest)
            .ok_or(ConfigError::UnreadableCertificate { code: raw::MBEDTLS_ERR_X509_INVALID_FORMAT })?;
        let (certificate, behind) = rest.split_at(length);
        add(certificate)?;
        rest = behind;
    }
    Ok(())
}

impl Chain {
    /// Reads certificates in PEM or DER, with or without a NUL at the end; several, one after the other, in either form. Every one
    /// must be readable.
    pub(super) fn parse(bytes: &[u8]) -> Result<Chain, ConfigError> {
        let mut chain = Chain::empty()?;
        match chain.add(bytes)? {
            0 if !chain.is_empty() => Ok(chain),
            _ => Err(ConfigError::UnreadableCertificate { code: raw::MBEDTLS_ERR_X509_INVALID_FORMAT }),
        }
    }

    /// Adds a bundle of authorities to those that there are. Some of it may be of kinds that this build does not know, but not all.
    pub(super) fn add_bundle(chain: &mut Option<Chain>, bytes: &[u8]) -> Result<(), ConfigError> {
        let chain = match chain {
            Some(chain) => chain,
            None => chain.insert(Chain::empty()?),
        };
        let mut is_readable = false;
        let mut add = |chain: &mut Chain, certificate: &[u8]| {
            chain.add_one(certificate).inspect(|()| is_readable = true)
        };
        let (skipped, reason) = match is_pem(bytes) {
            true => authorities::each_of_pem(bytes, |certificate| add(chain, certificate))?,
            false => {
                let mut copy = Vec::new();
                heap::try_extend(&mut copy, bytes).map_err(|_| ConfigError::NoMemory)?;
                authorities::renew(&mut copy);
                each_of_der(&copy, |certificate| add(chain, certificate))?;
                (0, None)
            }
        };
        if !is_readable {
            let code = reason.unwrap_or(raw::MBEDTLS_ERR_X509_CERT_UNKNOWN_FORMAT);
            return Err(ConfigError::UnreadableCertificate { code });
        }
        if skipped > 0 {
            log_line!(Info, "{skipped} authorities of the bundle are of an unknown kind: left out");
        }
        Ok(())
    }

    fn empty() -> Result<Chain, ConfigError> {
        Ok(Chain { first: Shared::new(Default::default())? })
    }

    fn is_empty(&self) -> bool {
        self.first.version == 0
    }

    /// Says how many were not readable.
    fn add(&mut self, bytes: &[u8]) -> Result<c_int, ConfigError> {
        if !is_pem(bytes) {
            return each_of_der(bytes, |certificate| self.add_one(certificate)).map(|()| 0);
        }
        let text = terminated(bytes)?;
        // SAFETY: the context is initialised; `text` ends with the NUL that PEM is recognised by, and is copied.
        unreadable(unsafe { raw::mbedtls_x509_crt_parse(self.as_mut_ptr(), text.as_ptr(), text.len()) })
    }

    /// One certificate in DER.
    fn add_one(&mut self, certificate: &[u8]) -> Result<(), ConfigError> {
        // SAFETY: the context is initialised; the certificate is copied.
        let result = unsafe {
            raw::mbedtls_x509_crt_parse_der(self.as_mut_ptr(), certificate.as_ptr(), certificate.len())
        };
        unreadable(result).map(drop)
    }

    /// Null if there were other owners.
    fn as_mut_ptr(&mut self) -> *mut raw::mbedtls_x509_crt {
        self.first.get_mut().map_or(ptr::null_mut(), ptr::from_mut)
    }

    pub(super) fn as_ptr(&self) -> *mut raw::mbedtls_x509_crt {
        (&raw const *self.first).cast_mut()
    }

    /// The first certificate.
    #[cfg(feature = "capi")]
    pub(super) fn first(&self) -> &raw::mbedtls_x509_crt {
        &self.first
    }

    /// All certificates, in DER.
    #[cfg(feature = "capi")]
    pub(super) fn ders(&self) -> impl Iterator<Item = &[u8]> {
        let mut next: *const raw::mbedtls_x509_crt = &raw const *self.first;
        core::iter::from_fn(move || {
            // SAFETY: the list is borrowed, and ends with null; each entry has its own copy.
            unsafe {
                let certificate = next.as_ref()?;
                next = certificate.next;
                (!certificate.raw.p.is_null())
                    .then(|| slice::from_raw_parts(certificate.raw.p, certificate.raw.len))
            }
        })
    }

    /// The first certificate's public key.
    pub(super) fn public_key(&self) -> *const raw::mbedtls_pk_context {
        &raw const self.first.pk
    }

    /// Whether now is before, in or after the first certificate's time; `None` without a clock.
    pub(super) fn validity(&self) -> Option<Validity> {
        wm_sys::unix_time()?;
        // SAFETY: the dates are plain values.
        let (early, late) = unsafe {
            (
                raw::mbedtls_x509_time_is_future(&self.first.valid_from) != 0,
                raw::mbedtls_x509_time_is_past(&self.first.valid_to) != 0,
            )
        };
        Some(match (early, late) {
            (_, true) => Validity::Over,
            (true, false) => Validity::NotBegun,
            (false, false) => Validity::Now,
        })
    }

    /// Whether the first certificate names `host` (RFC 6125 section 6.4): exactly, or by a wildcard as its leftmost label.
    pub(super) fn names(&self, host: &[u8]) -> bool {
        self.alternative_names()
            .filter(|name| name.kind == raw::MBEDTLS_X509_SAN_DNS_NAME)
            .any(|name| name_matches(name.value, host))
    }

    fn alternative_names(&self) -> impl Iterator<Item = AlternativeName<'_>> {
        alternative_names(&self.first)
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        // SAFETY: initialised when it was made; C holds no pointer to it any more.
        unsafe { raw::mbedtls_x509_crt_free(self.as_mut_ptr()) };
    }
}

/// Where now lies in a certificate's time.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Validity {
    NotBegun,
    Now,
    Over,
}

/// One entry of a certificate's subjectAltName.
pub(super) struct AlternativeName<'c> {
    /// `MBEDTLS_X509_SAN_*`.
    pub(super) kind: u32,
    pub(super) value: &'c [u8],
}

/// The names that a certificate is for (RFC 5280 section 4.2.1.6).
pub(super) fn alternative_names(
    certificate: &raw::mbedtls_x509_crt,
) -> impl Iterator<Item = AlternativeName<'_>> {
    let mut next: *const raw::mbedtls_x509_sequence = &certificate.subject_alt_names;
    core::iter::from_fn(move || {
        loop {
            // SAFETY: the list is part of the borrowed certificate; its entries point into the certificate's own copy.
            let entry = unsafe { next.as_ref()? };
            next = entry.next;
            if !entry.buf.p.is_null() {
                // SAFETY: as above.
                let value = unsafe { slice::from_raw_parts(entry.buf.p, entry.buf.len) };
                let kind = entry.buf.tag as u32 & raw::MBEDTLS_ASN1_TAG_VALUE_MASK;
                return Some(AlternativeName { kind, value });
            }
        }
    })
}

fn name_matches(pattern: &[u8], host: &[u8]) -> bool {
    let Some(domain) = pattern.strip_prefix(b"*") else { return pattern.eq_ignore_ascii_case(host) };
    let dot = host.iter().position(|&byte| byte == b'.').unwrap_or(host.len());
    let (label, rest) = host.split_at(dot);
    !label.is_empty() && domain.starts_with(b".") && rest.eq_ignore_ascii_case(domain)
}

/// Certificates that could not be read do not fail the others, unless memory is the reason.
fn unreadable(result: c_int) -> Result<c_int, ConfigError> {
    match super::error::check(result) {
        Ok(skipped) => Ok(skipped),
        Err(Error { kind: super::error::ErrorKind::NoMemory, .. }) => Err(ConfigError::NoMemory),
        Err(Error { code, .. }) => Err(ConfigError::UnreadableCertificate { code }),
    }
}

/// Whether bytes are text with a PEM header.
pub(super) fn is_pem(bytes: &[u8]) -> bool {
    const HEADER: &[u8] = b"-----BEGIN ";
    bytes.windows(HEADER.len()).any(|window| window == HEADER)
}

/// A copy with one NUL at the end, as Mbed TLS wants PEM.
pub(super) fn terminated(bytes: &[u8]) -> Result<Vec<u8>, ConfigError> {
    let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    let mut copy = Vec::new();
    copy.try_reserve_exact(text.len().saturating_add(1)).map_err(|_| ConfigError::NoMemory)?;
    heap::try_extend(&mut copy, text).map_err(|_| ConfigError::NoMemory)?;
    heap::try_extend(&mut copy, &[0]).map_err(|_| ConfigError::NoMemory)?;
    Ok(copy)
}

/// Whether a certificate that Mbed TLS takes for an authority's says so (RFC 5280 section 4.2.1.9). Mbed TLS 3.6.5 also reads that out of a number
/// in the place of the truth value, and out of what stands behind the SEQUENCE that the value belongs in (CVE-2026-49300). Certificates of older
/// versions have nothing that could say it, and are authorities only if they are trusted themselves.
pub(super) fn is_authority(certificate: &raw::mbedtls_x509_crt) -> bool {
    const WITH_EXTENSIONS: c_int = 3;
    if certificate.version < WITH_EXTENSIONS {
        return true;
    }
    let extensions = &certificate.v3_ext;
    if extensions.p.is_null() {
        return false;
    }
    // SAFETY: the extensions point into the certificate's own copy.
    let extensions = unsafe { slice::from_raw_parts(extensions.p, extensions.len) };
    says_authority(extensions).unwrap_or(false)
}

/// The same of the extensions, in DER.
fn says_authority(extensions: &[u8]) -> Option<bool> {
    const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
    const BOOLEAN: u8 = 0x01;
    const OCTET_STRING: u8 = 0x04;
    let (SEQUENCE, mut rest, _) = element(extensions)? else { return None };
    while let Some((_, extension, behind)) = element(rest) {
        rest = behind;
        let (_, identifier, value) = element(extension)?;
        if identifier != BASIC_CONSTRAINTS {
            continue;
        }
        // Whether it is critical may be said in between.
        let value = match element(value)? {
            (BOOLEAN, _, value) => element(value)?,
            value => value,
        };
        let (OCTET_STRING, constraints, &[]) = value else { return None };
        let (SEQUENCE, constraints, &[]) = element(constraints)? else { return None };
        return Some(matches!(element(constraints)?, (BOOLEAN, &[truth], _) if truth != 0));
    }
    None
}

const SEQUENCE: u8 = 0x30;

/// The length of the SEQUENCE that `bytes` begin with, header included; `None` if there is none, or a part of one.
fn der_length(bytes: &[u8]) -> Option<usize> {
    let (SEQUENCE, _, rest) = element(bytes)? else { return None };
    bytes.len().checked_sub(rest.len())
}

/// The tag and the content of the element of DER that `bytes` begin with, and what is behind it; `None` if there is none, or a part of one.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = bytes.split_first_chunk()?;
    let (length, rest) = match first {
        0x00..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (octets, rest) = rest.split_at_checked(usize::from(first & 0x0f))?;
            (octets.iter().fold(0, |sum: usize, &octet| (sum << 8) | usize::from(octet)), rest)
        }
        _ => return None,
    };
    let (content, behind) = rest.split_at_checked(length)?;
    Some((tag, content, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_one_label() {
        for (pattern, host, expected) in [
            ("device.example", "device.example", true),
            ("device.example", "DEVICE.example", true),
            ("device.example", "other.example", false),
            ("*.example", "device.example", true),
            ("*.example", "a.device.example", false),
            ("*.example", ".example", false),
            ("*.example", "example", false),
            ("*", "example", false),
            ("*ice.example", "device.example", false),
        ] {
            let matches = name_matches(pattern.as_bytes(), host.as_bytes());
            assert_eq!(matches, expected, "{pattern} {host}");
        }
    }

    #[test]
    fn an_authority_says_so() {
        for (extension, expected) in [
            (&[0x06, 3, 0x55, 0x1d, 0x13, 0x04, 5, 0x30, 3, 1, 1, 0xff][..], Some(true)),
            (&[0x06, 3, 0x55, 0x1d, 0x13, 0x01, 1, 0xff, 0x04, 5, 0x30, 3, 1, 1, 1], Some(true)),
            (&[0x06, 3, 0x55, 0x1d, 0x13, 0x04, 5, 0x30, 3, 1, 1, 0], Some(false)),
            (&[0x06, 3, 0x55, 0x1d, 0x13, 0x04, 5, 0x30, 3, 2, 1, 1], Some(false)),
            (&[0x06, 3, 0x55, 0x1d, 0x13, 0x04, 2, 0x30, 0], None),
            (&[0x06, 3, 0x55, 0x1d, 0x13, 0x04, 5, 0x30, 0, 1, 1, 0xff], None),
            (&[0x06, 3, 0x55, 0x1d, 0x13, 0x04, 2, 0x30, 3, 1, 1, 0xff], None),
            (&[0x06, 3, 0x55, 0x1d, 0x13], None),
            (&[0x06, 3, 0x55, 0x1d, 0x0f, 0x04, 5, 0x30, 3, 1, 1, 0xff], None),
        ] {
            let extension = [&[0x30, extension.len() as u8], extension].concat();
            let behind_another = [&[0x30, 5, 0x06, 1, 9, 0x04, 0][..], &extension].concat();
            for list in [extension, behind_another] {
                let list = [&[0x30, list.len() as u8], &list[..]].concat();
                assert_eq!(says_authority(&list), expected, "{list:x?}");
            }
        }
    }

    #[test]
    fn der_lengths_are_bounded_by_the_bytes() {
        assert_eq!(der_length(&[0x30, 1, 0, 9]), Some(3));
        assert_eq!(der_length(&[0x30, 0x81, 1, 0]), Some(4));
        assert_eq!(der_length(&[0x30, 2, 0]), None);
        assert_eq!(der_length(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(der_length(&[0x30, 0x80]), None);
        assert_eq!(der_length(&[0x31, 0]), None);
        assert_eq!(der_length(&[0x30]), None);
    }
}
