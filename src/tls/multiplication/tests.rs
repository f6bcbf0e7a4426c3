//! What the crates calculate is what Mbed TLS does.

use std::vec::Vec;

use super::*;
use crate::tls::Engine;
use crate::tls::engine::random;
use crate::tls::tests::turn;

/// Numbers of Mbed TLS, freed at the end.
struct Operands {
    group: raw::mbedtls_ecp_group,
    scalar: raw::mbedtls_mpi,
    point: raw::mbedtls_ecp_point,
}

impl Operands {
    fn new(curve: raw::mbedtls_ecp_group_id) -> Self {
        let (mut group, point) = (raw::mbedtls_ecp_group::default(), raw::mbedtls_ecp_point::default());
        // SAFETY: zeroed is initialised.
        assert_eq!(unsafe { raw::mbedtls_ecp_group_load(&mut group, curve) }, 0);
        Operands { group, scalar: Default::default(), point }
    }

    /// A key pair: the scalar, and its product with the base point by Mbed TLS's choice, which is ours.
    fn draw(&mut self, engine: &Engine) {
        // SAFETY: all are initialised, and the generator is the engine's.
        let code = unsafe {
            raw::mbedtls_ecp_gen_keypair(
                &mut self.group,
                &mut self.scalar,
                &mut self.point,
                Some(random),
                engine.rng(),
            )
        };
        assert_eq!(code, 0);
    }

    /// The point times the scalar, by `multiply`: its coordinates.
    fn product(&mut self, multiply: impl FnOnce(&mut Self, &mut raw::mbedtls_ecp_point)) -> [Vec<u8>; 3] {
        let mut product = raw::mbedtls_ecp_point::default();
        multiply(self, &mut product);
        let octets = [&product.private_X, &product.private_Y, &product.private_Z].map(|number| {
            let mut octets = [0; 32];
            // SAFETY: the number is initialised, and the buffer has that length.
            let code = unsafe { raw::mbedtls_mpi_write_binary(number, octets.as_mut_ptr(), octets.len()) };
            assert_eq!(code, 0);
            octets.to_vec()
        });
        // SAFETY: it is initialised.
        unsafe { raw::mbedtls_ecp_point_free(&mut product) };
        octets
    }
}

impl Drop for Operands {
    fn drop(&mut self) {
        // SAFETY: all are initialised.
        unsafe {
            raw::mbedtls_ecp_group_free(&mut self.group);
            raw::mbedtls_mpi_free(&mut self.scalar);
            raw::mbedtls_ecp_point_free(&mut self.point);
        }
    }
}

#[test]
fn products_are_those_of_mbed_tls() {
    let _turn = turn();
    let engine = Engine::new().unwrap();
    for curve in [
        raw::mbedtls_ecp_group_id_MBEDTLS_ECP_DP_SECP256R1,
        #[cfg(feature = "security-x25519")]
        raw::mbedtls_ecp_group_id_MBEDTLS_ECP_DP_CURVE25519,
    ] {
        let mut operands = Operands::new(curve);
        for _ in 0..8 {
            operands.draw(&engine);
            let ours = operands.product(|operands, product| {
                let Operands { group, scalar, point } = operands;
                let restart = core::ptr::null_mut();
                // SAFETY: all are initialised, and the generator is the engine's.
                unsafe {
                    MULTIPLICATION.mul(group, product, scalar, point, Some(random), engine.rng(), restart)
                }
                .unwrap();
            });
            let theirs = operands.product(|operands, product| {
                let Operands { group, scalar, point } = operands;
                let restart = core::ptr::null_mut();
                // SAFETY: as above.
                unsafe { ecp_mul_soft(group, product, scalar, point, Some(random), engine.rng(), restart) }
                    .unwrap();
            });
            assert_eq!(ours, theirs);
        }
    }
}

/// 0, 1 and the order of the group among them, for the base point and for another one.
#[cfg(feature = "security-p256")]
#[test]
fn numbers_at_the_ends_are_multiplied_by_or_refused_as_mbed_tls_does() {
    let _turn = turn();
    let engine = Engine::new().unwrap();
    let curve = raw::mbedtls_ecp_group_id_MBEDTLS_ECP_DP_SECP256R1;
    for is_base in [true, false] {
        for (is_from_order, offset) in [(false, 0), (false, 1), (true, -1), (true, 0), (true, 1)] {
            let mut operands = Operands::new(curve);
            operands.draw(&engine);
            let Operands { group, scalar, point } = &mut operands;
            // SAFETY: all are initialised.
            unsafe {
                let zero = raw::mbedtls_mpi::default();
                let from = if is_from_order { &group.N } else { &zero };
                assert_eq!(raw::mbedtls_mpi_add_int(scalar, from, offset), 0);
                if is_base {
                    assert_eq!(raw::mbedtls_ecp_copy(point, &group.G), 0);
                }
            }
            let restart = core::ptr::null_mut();
            let (mut ours, mut theirs) = (Ok(()), Ok(()));
            let our_product = operands.product(|Operands { group, scalar, point }, product| {
                // SAFETY: all are initialised, and the generator is the engine's.
                ours = unsafe {
                    MULTIPLICATION.mul(group, product, scalar, point, Some(random), engine.rng(), restart)
                };
            });
            let their_product = operands.product(|Operands { group, scalar, point }, product| {
                // SAFETY: as above.
                theirs = unsafe {
                    ecp_mul_soft(group, product, scalar, point, Some(random), engine.rng(), restart)
                };
            });
            assert_eq!(
                (ours.map_err(|error| error.code()), our_product),
                (theirs.map_err(|error| error.code()), their_product),
                "the base point {is_base}, from the order {is_from_order}, {offset}"
            );
        }
    }
}

#[cfg(feature = "security-x25519")]
#[test]
fn a_point_of_small_order_gives_no_secret() {
    let _turn = turn();
    let engine = Engine::new().unwrap();
    let mut operands = Operands::new(raw::mbedtls_ecp_group_id_MBEDTLS_ECP_DP_CURVE25519);
    for coordinate in [0, 1] {
        operands.draw(&engine);
        // SAFETY: the point is initialised.
        unsafe { raw::mbedtls_mpi_lset(&mut operands.point.private_X, coordinate) };
        let Operands { group, scalar, point } = &mut operands;
        let mut secret = raw::mbedtls_mpi::default();
        // SAFETY: all are initialised, and the generator is the engine's.
        let code = unsafe {
            raw::mbedtls_ecdh_compute_shared(group, &mut secret, point, scalar, Some(random), engine.rng())
        };
        assert_eq!(code, raw::MBEDTLS_ERR_ECP_INVALID_KEY);
        let product = x25519::multiply(&mut Default::default(), scalar, point).unwrap();
        assert_eq!(product.unwrap_err().code(), raw::MBEDTLS_ERR_ECP_INVALID_KEY);
    }
}
