//! Long tasks first, short ones behind: a static split leaves a worker idle, stealing does not. Bound: ratio ≥ 1.6 on
//! two cores.

use tasklane::analysis::metrics;
use tasklane::host;

/// Both by turns, so that a change of the computer's speed meets both.
const ROUNDS: usize = 5;

pub fn bench() {
    let cores = host::cores().min(2);
    let skewed = super::groups(
        "[[task]]\nname = \"long\"\ncount = 8\nsteps = [{ cpu = \"100ms\" }]\n\
         [[task]]\nname = \"short\"\ncount = 8\nsteps = [{ cpu = \"10ms\" }]\n",
    );
    let makespan = |model| metrics::metrics(&super::run(&skewed, model, cores)).makespan.millis();
    let rounds: Vec<(f64, f64)> = (0..ROUNDS).map(|_| (makespan("static-split"), makespan("work-stealing"))).collect();
    println!("{ROUNDS} rounds              median      min      max");
    line("static-split, ms", rounds.iter().map(|(split, _)| *split).collect(), "");
    line("work-stealing, ms", rounds.iter().map(|(_, stealing)| *stealing).collect(), "");
    line("ratio", rounds.iter().map(|(split, stealing)| split / stealing).collect(), "   (bound 1.6 on two cores)");
}

fn line(what: &str, values: Vec<f64>, bound: &str) {
    let (min, max) =
        values.iter().fold((f64::INFINITY, 0.0_f64), |(min, max), value| (min.min(*value), max.max(*value)));
    println!("  {what:<20} {:8.2} {min:8.2} {max:8.2}{bound}", super::median(values));
}
