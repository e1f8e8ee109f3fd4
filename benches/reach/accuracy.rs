//! What a `cpu` step costs against what it was asked to cost, by the thread's CPU clock, with 8 threads on 2 cores.
//! Bound: p95 of the error 0.5 %, of a kernel bound by memory 2 %, from 10 ms on; a context switch and the two readings
//! of the clock alone are half a percent of 1 ms.

use std::thread;

use tasklane::clock;
use tasklane::host;
use tasklane::scenario::Kernel;
use tasklane::steps::burn::{self, Burning, Rates};
use tasklane::steps::cancel::Cancel;
use tasklane::time::Nanos;
use tasklane::trace::Task;

const THREADS: usize = 8;
const STEPS: usize = 25;

pub fn bench() {
    println!("8 threads on 2 cores, error by the CPU clock    p50       p95       worst");
    let plain = [Kernel::Spin, Kernel::Sha256, Kernel::Primes, Kernel::Sort, Kernel::Mandelbrot, Kernel::Matmul];
    for kernel in plain {
        line(kernel, None, Nanos::from_millis(1), "");
        line(kernel, None, Nanos::from_millis(10), "bound 0.5 %");
    }
    line(Kernel::Sum, Some(64 << 20), Nanos::from_millis(10), "64 MiB: bound 2 %");
    line(Kernel::Sum, Some(64 << 20), Nanos::from_millis(50), "64 MiB: bound 2 %");
    line(Kernel::Spin, None, Nanos::from_micros(20), "by the rate alone");
}

fn line(kernel: Kernel, size_bytes: Option<u64>, asked: Nanos, bound: &str) {
    let size = size_bytes.map_or_else(String::new, |size| format!(", size = \"{size}B\""));
    let word = kernel.id();
    let scenario = super::scenario(1, &format!("{{ cpu = \"1ms\", kernel = \"{word}\"{size} }}"));
    let rates = Rates::for_scenario(&scenario);
    let cpus: Vec<usize> = host::allowed_cpus().iter().copied().take(2).collect();
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (rates, cpus) = (rates.clone(), cpus.clone());
            thread::spawn(move || {
                host::restrict_this_thread(&cpus);
                let cancel = Cancel::default();
                let burning = Burning { task: Task(0), cancel: &cancel, gil: None };
                let rate = rates.of(kernel, size_bytes);
                let step = |_| {
                    let begin = clock::thread_cpu_now();
                    burn::cpu(&burning, asked, rate).expect("nobody cancels");
                    (clock::thread_cpu_now() - begin - asked).secs().abs() / asked.secs()
                };
                (0..STEPS).map(step).collect::<Vec<f64>>()
            })
        })
        .collect();
    let mut errors: Vec<f64> = threads.into_iter().flat_map(|thread| thread.join().expect("a thread")).collect();
    errors.sort_by(f64::total_cmp);
    let [p50, p95, worst] = [errors.len() / 2, errors.len() * 95 / 100, errors.len() - 1].map(|at| errors[at] * 100.0);
    println!("  {word:<12} {:>8} {p50:24.3} % {p95:7.3} % {worst:7.3} %   {bound}", asked.to_string());
}
