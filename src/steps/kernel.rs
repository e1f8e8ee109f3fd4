//! The computations that `cpu` and `work` steps do: real work that the compiler cannot leave out, cut into iterations
//! of at most a few microseconds.

use std::hint::black_box;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::scenario::Kernel;
use crate::scenario::check::SIZE_BYTES_MAX;

/// Bytes added or searched in one iteration at the most.
const PIECE: usize = 2048;
/// Bytes hashed in one iteration at the most: ≤ 2 µs even without hardware support, so that a step of 5 µs can end near
/// its time.
const HASHED: &[u8] = &[0x5A; 512];
/// What `sha256` hashes when the scenario names no size.
const HASH_SIZE: u64 = 64 * 1024;
/// What `sum` walks through when the scenario names no size: larger than most caches, so that it is bound by memory.
const SUM_SIZE: u64 = 64 * 1024 * 1024;
/// What `search` looks through when the scenario names no size.
const TEXT_SIZE: u64 = 256 * 1024;
/// Numbers in one `sort` iteration: few, so that a step can end near its time on a slow core, too.
const SORT_LENGTH: usize = 128;
/// Side of the matrices that one `matmul` iteration multiplies.
const SIDE: usize = 16;

/// A kernel at work, with the state it carries from iteration to iteration. What is large is shared: a clone is cheap,
/// so that a step begins at once.
#[derive(Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time on a worker's stack; a box would allocate in each step"
)]
pub enum KernelState {
    Spin { state: u64 },
    Sha256 { hasher: Sha256, size: u64, hashed: u64 },
    Primes { candidate: u64 },
    Sum { numbers: Arc<[u64]>, at: usize, total: u64 },
    Sort { numbers: [u64; SORT_LENGTH], state: u64 },
    Search { text: Arc<[u8]>, at: usize, found: u64 },
    Mandelbrot { pixel: u32 },
    Matmul { a: [[f64; SIDE]; SIDE], b: [[f64; SIDE]; SIDE] },
}

/// What the data of a kernel take, which all threads of a process share; the states of a few kilobytes do not count.
pub fn memory_bytes(kernel: Kernel, size_bytes: Option<u64>) -> u64 {
    match kernel {
        Kernel::Sum => sized(size_bytes, SUM_SIZE),
        Kernel::Search => sized(size_bytes, TEXT_SIZE),
        Kernel::Spin | Kernel::Sha256 | Kernel::Primes | Kernel::Sort | Kernel::Mandelbrot | Kernel::Matmul => 0,
    }
}

fn sized(size_bytes: Option<u64>, default: u64) -> u64 {
    size_bytes.unwrap_or(default).clamp(1, SIZE_BYTES_MAX)
}

impl KernelState {
    pub fn new(kernel: Kernel, size_bytes: Option<u64>) -> Self {
        let size = |default: u64| sized(size_bytes, default);
        match kernel {
            Kernel::Spin => KernelState::Spin { state: SEED },
            Kernel::Sha256 => KernelState::Sha256 { hasher: Sha256::new(), size: size(HASH_SIZE), hashed: 0 },
            Kernel::Primes => KernelState::Primes { candidate: CANDIDATES.start },
            Kernel::Sum => {
                let length = usize::try_from(size(SUM_SIZE) / 8).unwrap_or(1).max(1);
                // Written, not only reserved: untouched pages would all be the same page of zeros.
                KernelState::Sum { numbers: (0..length as u64).collect(), at: 0, total: 0 }
            }
            Kernel::Sort => KernelState::Sort { numbers: [0; SORT_LENGTH], state: SEED },
            Kernel::Search => {
                let length = usize::try_from(size(TEXT_SIZE)).unwrap_or(PIECE);
                let mut state = SEED;
                let letters = std::iter::repeat_with(|| b'a' + (xorshift(&mut state) % 26) as u8);
                KernelState::Search { text: letters.take(length).collect(), at: 0, found: 0 }
            }
            Kernel::Mandelbrot => KernelState::Mandelbrot { pixel: 0 },
            Kernel::Matmul => KernelState::Matmul { a: [[0.5; SIDE]; SIDE], b: [[0.25; SIDE]; SIDE] },
        }
    }

    /// Does so many iterations.
    #[inline]
    pub fn iterate(&mut self, iterations: u64) {
        match self {
            KernelState::Spin { state } => {
                for _ in 0..iterations {
                    *state = black_box(xorshift(state));
                }
            }
            KernelState::Sha256 { hasher, size, hashed } => {
                for _ in 0..iterations {
                    let left = usize::try_from(*size - *hashed).unwrap_or(usize::MAX).min(HASHED.len());
                    hasher.update(&HASHED[..left]);
                    *hashed += left as u64;
                    if *hashed == *size {
                        black_box(hasher.finalize_reset());
                        *hashed = 0;
                    }
                }
            }
            KernelState::Primes { candidate } => {
                for _ in 0..iterations {
                    black_box(is_prime(*candidate));
                    *candidate += 2;
                    if *candidate >= CANDIDATES.end {
                        *candidate = CANDIDATES.start;
                    }
                }
            }
            KernelState::Sum { numbers, at, total } => {
                for _ in 0..iterations {
                    let end = (*at + PIECE / 8).min(numbers.len());
                    *total = total.wrapping_add(black_box(&numbers[*at..end]).iter().sum::<u64>());
                    *at = if end == numbers.len() { 0 } else { end };
                }
                black_box(*total);
            }
            KernelState::Sort { numbers, state } => {
                for _ in 0..iterations {
                    for number in numbers.iter_mut() {
                        *number = xorshift(state);
                    }
                    numbers.sort_unstable();
                    black_box(&*numbers);
                }
            }
            KernelState::Search { text, at, found } => {
                for _ in 0..iterations {
                    let end = (*at + PIECE).min(text.len());
                    let windows = black_box(&text[*at..end]).windows(NEEDLE.len());
                    *found += windows.filter(|window| *window == NEEDLE).count() as u64;
                    *at = if end == text.len() { 0 } else { end };
                }
                black_box(*found);
            }
            KernelState::Mandelbrot { pixel } => {
                for _ in 0..iterations {
                    black_box(escape_time(*pixel));
                    *pixel = (*pixel + STRIDE) % (GRID * GRID);
                }
            }
            KernelState::Matmul { a, b } => {
                for _ in 0..iterations {
                    black_box(multiply(black_box(a), black_box(b)));
                }
            }
        }
    }
}

const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
const NEEDLE: &[u8] = b"lane";

/// Marsaglia's xorshift64: a chain of dependent instructions, no memory.
#[inline]
fn xorshift(state: &mut u64) -> u64 {
    let mut x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    *state = x;
    x
}

/// Odd numbers of about one size: an iteration costs the same at the beginning of a step and at its end, and stays far
/// below a chunk.
const CANDIDATES: std::ops::Range<u64> = 1_000_001..1_100_001;

/// By trial division.
fn is_prime(candidate: u64) -> bool {
    let mut divisor = 3;
    while divisor * divisor <= candidate {
        if candidate.is_multiple_of(divisor) {
            return false;
        }
        divisor += 2;
    }
    !candidate.is_multiple_of(2)
}

/// Pixels on each side of the picture that `mandelbrot` draws over and over.
const GRID: u32 = 256;
const ESCAPE_MAX: u32 = 200;
/// From one pixel to the next: all over the picture (a golden section of it, and odd, so that none is left out), since
/// pixels cost between one round and two hundred and neighbors cost the same.
const STRIDE: u32 = 40_503;

/// Iterations of z² + c until it escapes, for one pixel of [−2, 1] × [−1.5, 1.5].
fn escape_time(pixel: u32) -> u32 {
    let scale = 3.0 / f64::from(GRID);
    let (re, im) = (f64::from(pixel % GRID) * scale - 2.0, f64::from(pixel / GRID) * scale - 1.5);
    let (mut x, mut y) = (0.0, 0.0);
    for round in 0..ESCAPE_MAX {
        if x * x + y * y > 4.0 {
            return round;
        }
        (x, y) = (x * x - y * y + re, 2.0 * x * y + im);
    }
    ESCAPE_MAX
}

fn multiply(a: &[[f64; SIDE]; SIDE], b: &[[f64; SIDE]; SIDE]) -> [[f64; SIDE]; SIDE] {
    let mut product = [[0.0; SIDE]; SIDE];
    for (row, out) in a.iter().zip(&mut product) {
        for (k, factor) in row.iter().enumerate() {
            for (sum, other) in out.iter_mut().zip(&b[k]) {
                *sum += factor * other;
            }
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_computations_are_right() {
        let primes: Vec<u64> = (3..40).step_by(2).filter(|number| is_prime(*number)).collect();
        assert_eq!(primes, [3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37]);
        let inside = GRID / 2 * GRID + GRID * 2 / 3;
        assert_eq!(escape_time(inside), ESCAPE_MAX, "0 + 0i is in the set");
        assert_eq!(escape_time(0), 1, "−2 − 1.5i is far outside");
        let mut identity = [[0.0; SIDE]; SIDE];
        (0..SIDE).for_each(|at| identity[at][at] = 1.0);
        let other = [[3.5; SIDE]; SIDE];
        assert_eq!(multiply(&identity, &other), other);
    }
}
