//! The computations that `cpu` and `work` steps do: real work that the compiler cannot leave out, cut into iterations
//! of at most a few microseconds.

use std::hint::black_box;

use sha2::{Digest, Sha256};

use crate::scenario::Kernel;

/// Bytes hashed in one iteration at the most: ≤ 10 µs even without hardware support.
const PIECE: usize = 2048;
/// What `sha256` hashes when the scenario names no size.
const SIZE_DEFAULT: u64 = 64 * 1024;

/// A kernel at work, with the state it carries from iteration to iteration.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time on a worker's stack; a box would allocate in each step"
)]
pub enum Machine {
    Spin { state: u64 },
    Sha256 { hasher: Sha256, size: u64, hashed: u64, piece: [u8; PIECE] },
}

impl Machine {
    /// # Panics
    /// On a kernel that this version does not have: the scenario's reader has refused it.
    pub fn new(kernel: Kernel, size_bytes: Option<u64>) -> Self {
        match kernel {
            Kernel::Spin => Machine::Spin { state: 0x9E37_79B9_7F4A_7C15 },
            Kernel::Sha256 => Machine::Sha256 {
                hasher: Sha256::new(),
                size: size_bytes.unwrap_or(SIZE_DEFAULT).max(1),
                hashed: 0,
                piece: [0x5A; PIECE],
            },
            other => unreachable!("{other:?} was refused as not available when the scenario was read"),
        }
    }

    /// Does so many iterations.
    #[inline]
    pub fn iterate(&mut self, iterations: u64) {
        match self {
            // Marsaglia's xorshift64: a chain of dependent instructions, no memory.
            Machine::Spin { state } => {
                let mut x = *state;
                for _ in 0..iterations {
                    x ^= x << 13;
                    x ^= x >> 7;
                    x ^= x << 17;
                    x = black_box(x);
                }
                *state = x;
            }
            Machine::Sha256 { hasher, size, hashed, piece } => {
                for _ in 0..iterations {
                    let left = usize::try_from(*size - *hashed).unwrap_or(PIECE).min(PIECE);
                    hasher.update(&piece[..left]);
                    *hashed += left as u64;
                    if *hashed == *size {
                        black_box(hasher.finalize_reset());
                        *hashed = 0;
                    }
                }
            }
        }
    }
}
