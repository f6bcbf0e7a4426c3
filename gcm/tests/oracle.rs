//! Against GCM that is not ours, through Mbed TLS's names.

use core::ffi::c_int;
use core::ptr;

use aes_gcm::aead::consts::{U1, U12, U16, U60};
use aes_gcm::aead::generic_array::{ArrayLength, GenericArray};
use aes_gcm::aes::cipher::{BlockCipher, BlockEncrypt, BlockSizeUser};
use aes_gcm::aes::{Aes128, Aes192, Aes256};
use aes_gcm::{AeadInPlace, AesGcm, KeyInit};
use mbedtls::{
    MBEDTLS_ERR_GCM_AUTH_FAILED, MBEDTLS_ERR_GCM_BAD_INPUT, MBEDTLS_ERR_GCM_BUFFER_TOO_SMALL,
    MBEDTLS_GCM_DECRYPT, MBEDTLS_GCM_ENCRYPT, mbedtls_cipher_id_t_MBEDTLS_CIPHER_ID_AES,
    mbedtls_cipher_id_t_MBEDTLS_CIPHER_ID_NULL, mbedtls_gcm_auth_decrypt, mbedtls_gcm_context,
    mbedtls_gcm_crypt_and_tag, mbedtls_gcm_finish, mbedtls_gcm_free, mbedtls_gcm_init, mbedtls_gcm_setkey,
    mbedtls_gcm_starts, mbedtls_gcm_update, mbedtls_gcm_update_ad,
};
use proptest::collection::vec;
use proptest::prelude::*;

const TAG: usize = 16;

/// What the oracle makes of a text, the tag behind it.
fn sealed(key: &[u8], nonce: &[u8], beside: &[u8], text: &[u8]) -> Vec<u8> {
    match key.len() {
        16 => sealed_by::<Aes128>(key, nonce, beside, text),
        24 => sealed_by::<Aes192>(key, nonce, beside, text),
        _ => sealed_by::<Aes256>(key, nonce, beside, text),
    }
}

fn sealed_by<A>(key: &[u8], nonce: &[u8], beside: &[u8], text: &[u8]) -> Vec<u8>
where
    A: BlockCipher + BlockEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit,
{
    fn with_nonce<A, N>(key: &[u8], nonce: &[u8], beside: &[u8], text: &[u8]) -> Vec<u8>
    where
        A: BlockCipher + BlockEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit,
        N: ArrayLength<u8>,
    {
        let cipher = AesGcm::<A, N>::new_from_slice(key).unwrap();
        let mut sealed = text.to_vec();
        let nonce = GenericArray::from_slice(nonce);
        let tag = cipher.encrypt_in_place_detached(nonce, beside, &mut sealed).unwrap();
        sealed.extend_from_slice(&tag);
        sealed
    }
    match nonce.len() {
        1 => with_nonce::<A, U1>(key, nonce, beside, text),
        12 => with_nonce::<A, U12>(key, nonce, beside, text),
        16 => with_nonce::<A, U16>(key, nonce, beside, text),
        _ => with_nonce::<A, U60>(key, nonce, beside, text),
    }
}

/// A context with its key.
struct Gcm(Box<mbedtls_gcm_context>);

impl Gcm {
    fn new(key: &[u8]) -> Self {
        wm_gcm::install();
        let mut context = Box::new(mbedtls_gcm_context::default());
        // SAFETY: the context is initialised before its key is set.
        let result = unsafe {
            mbedtls_gcm_init(&mut *context);
            let bits = key.len() as u32 * 8;
            mbedtls_gcm_setkey(&mut *context, mbedtls_cipher_id_t_MBEDTLS_CIPHER_ID_AES, key.as_ptr(), bits)
        };
        assert_eq!(result, 0);
        Gcm(context)
    }

    /// In pieces of these lengths, which begin anew at their end.
    fn in_pieces(
        &mut self,
        mode: u32,
        nonce: &[u8],
        beside: &[u8],
        text: &[u8],
        lengths: &[usize],
    ) -> Vec<u8> {
        let context = &raw mut *self.0;
        let mut output = vec![0; text.len() + TAG];
        let (passed, tag) = output.split_at_mut(text.len());
        let mut written = 0;
        // SAFETY: all pointers are those of slices of these lengths.
        unsafe {
            assert_eq!(mbedtls_gcm_starts(context, mode as c_int, nonce.as_ptr(), nonce.len()), 0);
            for piece in pieces(beside.len(), lengths) {
                let piece = &beside[piece];
                assert_eq!(mbedtls_gcm_update_ad(context, piece.as_ptr(), piece.len()), 0);
            }
            for piece in pieces(text.len(), lengths) {
                let (input, output) = (&text[piece.clone()], &mut passed[piece]);
                let (start, room) = (output.as_mut_ptr(), output.len());
                assert_eq!(
                    mbedtls_gcm_update(context, input.as_ptr(), input.len(), start, room, &mut written),
                    0
                );
                assert_eq!(written, input.len());
            }
            assert_eq!(
                mbedtls_gcm_finish(context, ptr::null_mut(), 0, &mut written, tag.as_mut_ptr(), TAG),
                0
            );
        }
        output
    }

    /// At once, in place: whether the tag is right.
    fn open(&mut self, nonce: &[u8], beside: &[u8], text: &mut [u8], tag: &[u8]) -> c_int {
        let at = text.as_mut_ptr();
        // SAFETY: as above.
        unsafe {
            mbedtls_gcm_auth_decrypt(
                &mut *self.0,
                text.len(),
                nonce.as_ptr(),
                nonce.len(),
                beside.as_ptr(),
                beside.len(),
                tag.as_ptr(),
                tag.len(),
                at,
                at,
            )
        }
    }
}

impl Drop for Gcm {
    fn drop(&mut self) {
        // SAFETY: it is initialised.
        unsafe { mbedtls_gcm_free(&mut *self.0) };
    }
}

fn pieces(length: usize, lengths: &[usize]) -> Vec<core::ops::Range<usize>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    for piece in lengths.iter().cycle() {
        if at >= length {
            break;
        }
        let end = (at + piece).min(length);
        pieces.push(at..end);
        at = end;
    }
    pieces
}

proptest! {
    #[test]
    fn texts_are_sealed_and_opened_as_elsewhere(
        key in prop_oneof![vec(any::<u8>(), 16), vec(any::<u8>(), 24), vec(any::<u8>(), 32)],
        nonce in prop_oneof![vec(any::<u8>(), 12), vec(any::<u8>(), 1), vec(any::<u8>(), 16), vec(any::<u8>(), 60)],
        beside in vec(any::<u8>(), 0..70),
        text in vec(any::<u8>(), 0..200),
        lengths in vec(1_usize..40, 1..5),
        damaged in any::<prop::sample::Index>(),
    ) {
        let expected = sealed(&key, &nonce, &beside, &text);
        let mut gcm = Gcm::new(&key);
        prop_assert_eq!(&gcm.in_pieces(MBEDTLS_GCM_ENCRYPT, &nonce, &beside, &text, &lengths), &expected);
        let (secret, tag) = expected.split_at(text.len());
        let opened = gcm.in_pieces(MBEDTLS_GCM_DECRYPT, &nonce, &beside, secret, &lengths);
        prop_assert_eq!(&opened[..text.len()], &text[..]);
        prop_assert_eq!(&opened[text.len()..], tag);

        let mut at_once = secret.to_vec();
        prop_assert_eq!(gcm.open(&nonce, &beside, &mut at_once, &tag[..4]), 0);
        prop_assert_eq!(&at_once, &text);

        let mut forged = expected.clone();
        forged[damaged.index(expected.len())] ^= 0x10;
        let (forged, tag) = forged.split_at_mut(text.len());
        prop_assert_eq!(gcm.open(&nonce, &beside, forged, tag), MBEDTLS_ERR_GCM_AUTH_FAILED);
        prop_assert!(forged.iter().all(|byte| *byte == 0), "what was forged is not shown");
    }
}

#[test]
fn what_is_wrong_is_refused() {
    let mut gcm = Gcm::new(&[7; 16]);
    let context = &raw mut *gcm.0;
    let (mut output, mut tag, mut written) = ([0; 32], [0; 17], 0);
    // SAFETY: all pointers are valid for the lengths beside them, or are not looked at.
    unsafe {
        for bits in [0, 64, 127, 512] {
            let aes = mbedtls_cipher_id_t_MBEDTLS_CIPHER_ID_AES;
            assert_eq!(mbedtls_gcm_setkey(context, aes, output.as_ptr(), bits), MBEDTLS_ERR_GCM_BAD_INPUT);
        }
        let none = mbedtls_cipher_id_t_MBEDTLS_CIPHER_ID_NULL;
        assert_ne!(mbedtls_gcm_setkey(context, none, output.as_ptr(), 128), 0);

        let mut gcm = Gcm::new(&[7; 16]);
        let context = &raw mut *gcm.0;
        assert_eq!(mbedtls_gcm_starts(context, 1, ptr::null(), 0), MBEDTLS_ERR_GCM_BAD_INPUT);
        assert_eq!(mbedtls_gcm_starts(context, 1, [1; 12].as_ptr(), 12), 0);
        assert_eq!(mbedtls_gcm_update_ad(context, ptr::null(), 0), 0);
        let at = output.as_mut_ptr();
        assert_eq!(
            mbedtls_gcm_update(context, at, 16, at, 15, &mut written),
            MBEDTLS_ERR_GCM_BUFFER_TOO_SMALL
        );
        assert_eq!(
            mbedtls_gcm_update(context, at, 16, at.add(15), 16, &mut written),
            MBEDTLS_ERR_GCM_BAD_INPUT
        );
        assert_eq!(mbedtls_gcm_update(context, at, 16, at.add(16), 16, &mut written), 0);
        for length in [0, 3, 17] {
            let start = tag.as_mut_ptr();
            assert_eq!(
                mbedtls_gcm_finish(context, ptr::null_mut(), 0, &mut written, start, length),
                MBEDTLS_ERR_GCM_BAD_INPUT
            );
        }
        // More than 32 bits can count.
        if let Ok(long) = usize::try_from((1_u64 << 36) - 31) {
            let result = mbedtls_gcm_update(context, at, long, at, long, &mut written);
            assert_eq!(result, MBEDTLS_ERR_GCM_BAD_INPUT);
        }
        let start = tag.as_mut_ptr();
        assert_eq!(
            mbedtls_gcm_crypt_and_tag(context, 1, 0, at, 12, ptr::null(), 0, at, at, 17, start),
            MBEDTLS_ERR_GCM_BAD_INPUT
        );
        mbedtls_gcm_free(ptr::null_mut());
    }
}
