//! The base point of P-256 times a scalar, which makes keys and signatures: by a comb (Lim and Lee), whose teeth are multiples in flash.
//!
//! A scalar's bits stand in five rows of 52. For each column there is one doubling, and one addition of the multiple that the column's
//! bits say: 52 of each, where another point takes 256 and 64. Which multiple that is, neither time nor addresses tell.

use p256::elliptic_curve::group::Group;
use p256::elliptic_curve::sec1::FromEncodedPoint;
use p256::elliptic_curve::subtle::{ConditionallySelectable, ConstantTimeEq};
use p256::{AffinePoint, EncodedPoint, FieldBytes, ProjectivePoint};

use super::multiples::{MULTIPLES, Words};

/// Bits that are added at once.
pub(super) const TEETH: usize = 5;

/// From a tooth to the next.
const COLUMNS: usize = 256_usize.div_ceil(TEETH);

/// `scalar` is big-endian. `None` never happens: the multiples are points of the curve.
#[expect(clippy::arithmetic_side_effects, reason = "the group's own addition, which has none")]
pub(super) fn multiply(scalar: &FieldBytes) -> Option<ProjectivePoint> {
    let mut product = ProjectivePoint::IDENTITY;
    for column in (0..COLUMNS).rev() {
        let number = number(scalar, column);
        let doubled = product.double();
        // Not as an affine point, which takes 3 % less time and 1.2 KB more: the addition is linked for other points anyway.
        product = doubled + ProjectivePoint::from(multiple(number)?);
        // The addition is made for nothing where no bit is set.
        product.conditional_assign(&doubled, number.ct_eq(&0));
    }
    Some(product)
}

/// The bits in a column, that of the last row first.
fn number(scalar: &FieldBytes, column: usize) -> u8 {
    let places = (column..TEETH * COLUMNS).step_by(COLUMNS);
    places.rev().fold(0, |number, place| number << 1 | bit(scalar, place))
}

fn bit(scalar: &FieldBytes, place: usize) -> u8 {
    let octet = scalar.iter().rev().nth(place / 8).copied().unwrap_or_default();
    octet >> (place % 8) & 1
}

/// Reads all multiples, whichever is asked for. For 0 it is the first.
fn multiple(number: u8) -> Option<AffinePoint> {
    let mut words: Words = MULTIPLES[0];
    for (multiple, place) in MULTIPLES.iter().zip(1_u8..) {
        let chosen = place.ct_eq(&number);
        for (word, other) in words.iter_mut().zip(multiple) {
            word.conditional_assign(other, chosen);
        }
    }
    let (mut x, mut y) = (FieldBytes::default(), FieldBytes::default());
    for (octets, word) in x.chunks_exact_mut(8).chain(y.chunks_exact_mut(8)).zip(words) {
        octets.copy_from_slice(&word.to_be_bytes());
    }
    AffinePoint::from_encoded_point(&EncodedPoint::from_affine_coordinates(&x, &y, false)).into()
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "the group's and the field's own, which have none")]
mod tests {
    use std::vec::Vec;

    use p256::Scalar;

    use super::*;

    /// Bits at the ends of rows and of the scalar, and scalars that are random enough.
    fn scalars() -> Vec<Scalar> {
        let powers = [0, 51, 52, 103, 104, 207, 208, 255]
            .map(|bits| (0..bits).fold(Scalar::ONE, |power, _| power.double()));
        let products =
            (1..9_u64).map(|number| (Scalar::from(number) * Scalar::from(u64::MAX - number)).square());
        powers.into_iter().chain(powers.map(|power| -power)).chain(products).collect()
    }

    #[test]
    fn products_are_those_of_any_point() {
        for scalar in scalars() {
            assert_eq!(multiply(&scalar.to_bytes()), Some(ProjectivePoint::GENERATOR * scalar));
        }
    }

    #[test]
    fn multiples_are_sums_of_teeth() {
        let mut teeth = [ProjectivePoint::GENERATOR; TEETH];
        for tooth in 1..TEETH {
            teeth[tooth] = (0..COLUMNS).fold(teeth[tooth - 1], |point, _| point.double());
        }
        for number in 1..1 << TEETH {
            let set = teeth.iter().enumerate().filter(|(tooth, _)| number >> tooth & 1 == 1);
            let sum: ProjectivePoint = set.map(|(_, point)| *point).sum();
            assert_eq!(multiple(number), Some(sum.to_affine()));
        }
    }
}
