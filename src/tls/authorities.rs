//! Bundles of authorities, old ones among them.
//!
//! An authority that is trusted is so for its name and its key (RFC 5280 section 6.1.1): nobody looks at the signature on its own certificate.
//! Many of today's roots have signed themselves with SHA-1, DigiCert Global Root CA for one. Mbed TLS refuses to read these unless it is
//! compiled with SHA-1, 6 KB of flash for nothing else. So they are read as if it were SHA-256. What such an authority signs with SHA-1
//! remains unreadable, and refused.

use core::ffi::{CStr, c_int};
use core::{ptr, slice};

use super::certificate::terminated;
use super::config_error::ConfigError;
use super::raw;

const BEGIN: &CStr = c"-----BEGIN CERTIFICATE-----";
const END: &CStr = c"-----END CERTIFICATE-----";

/// The object identifier sha1WithRSAEncryption (RFC 3279 section 2.2.1), as it is encoded.
const SHA_1_WITH_RSA: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05];

/// The last byte of sha256WithRSAEncryption (RFC 4055 section 5), which is the same but for that.
const SHA_256: u8 = 0x0b;

/// Makes a certificate readable whose authority has signed itself with SHA-1.
pub(super) fn renew(certificate: &mut [u8]) {
    for start in 0..certificate.len() {
        if let Some(last) = certificate.get_mut(start..).and_then(last_of_identifier) {
            *last = SHA_256;
        }
    }
}

/// The last byte of the identifier, if `bytes` begin with that.
fn last_of_identifier(bytes: &mut [u8]) -> Option<&mut u8> {
    let identifier = bytes.first_chunk_mut::<{ SHA_1_WITH_RSA.len() }>()?;
    let is_old = *identifier == SHA_1_WITH_RSA;
    identifier.last_mut().filter(|_| is_old)
}

/// One certificate out of PEM.
struct Block(raw::mbedtls_pem_context);

impl Block {
    /// Reads the first certificate of a text that ends with a zero byte; says how long it is there.
    fn read(text: &CStr) -> (Result<Block, c_int>, usize) {
        let mut block = Block(Default::default());
        let mut used = 0;
        // SAFETY: the context is initialised, all texts end with a zero byte; no password.
        let result = unsafe {
            raw::mbedtls_pem_init(&mut block.0);
            raw::mbedtls_pem_read_buffer(
                &mut block.0,
                BEGIN.as_ptr(),
                END.as_ptr(),
                text.as_ptr().cast(),
                ptr::null(),
                0,
                &mut used,
            )
        };
        (if result == 0 { Ok(block) } else { Err(result) }, used)
    }

    fn certificate(&mut self) -> &mut [u8] {
        if self.0.private_buf.is_null() {
            return &mut [];
        }
        // SAFETY: the context owns so many bytes there.
        unsafe { slice::from_raw_parts_mut(self.0.private_buf, self.0.private_buflen) }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: initialised when it was made.
        unsafe { raw::mbedtls_pem_free(&mut self.0) };
    }
}

/// Calls `add` with every certificate of a bundle in PEM, made readable; says how many could not be read, or added, and the first reason.
pub(super) fn each_of_pem(
    bundle: &[u8],
    mut add: impl FnMut(&[u8]) -> Result<(), ConfigError>,
) -> Result<(usize, Option<c_int>), ConfigError> {
    let text = terminated(bundle)?;
    let mut rest = text.as_slice();
    let (mut skipped, mut first) = (0_usize, None);
    while let Ok(text) = CStr::from_bytes_with_nul(rest) {
        let (block, used) = Block::read(text);
        let added = match block {
            Ok(mut block) => {
                renew(block.certificate());
                add(block.certificate())
            }
            Err(raw::MBEDTLS_ERR_PEM_NO_HEADER_FOOTER_PRESENT) => break,
            Err(code) => Err(ConfigError::UnreadableCertificate { code }),
        };
        match added {
            Ok(()) => {}
            Err(ConfigError::UnreadableCertificate { code }) => {
                skipped = skipped.saturating_add(1);
                first.get_or_insert(code);
            }
            Err(error) => return Err(error),
        }
        match rest.get(used..) {
            Some(behind) if used > 0 => rest = behind,
            _ => break,
        }
    }
    Ok((skipped, first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_identifier_is_changed_and_everywhere() {
        let mut certificate =
            [&[0x30][..], &SHA_1_WITH_RSA, &[5, 0], &SHA_1_WITH_RSA[..10], &SHA_1_WITH_RSA].concat();
        let mut expected = certificate.clone();
        let last = expected.len() - 1;
        (expected[11], expected[last]) = (SHA_256, SHA_256);
        renew(&mut certificate);
        assert_eq!(certificate, expected);
        renew(&mut []);
    }
}
