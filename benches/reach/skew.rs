//! Long tasks first, short ones behind: a static split leaves a worker idle, stealing does not. Bound: ratio ≥ 1.6 on
//! two cores.

use tasklane::analysis::metrics;
use tasklane::host;

pub fn bench() {
    let cores = host::cores().min(2);
    let skewed = super::groups(
        "[[task]]\nname = \"long\"\ncount = 8\nsteps = [{ cpu = \"100ms\" }]\n\
         [[task]]\nname = \"short\"\ncount = 8\nsteps = [{ cpu = \"10ms\" }]\n",
    );
    let makespan = |model| metrics::metrics(&super::run(&skewed, model, cores)).makespan.millis();
    let (split, stealing) = (makespan("static-split"), makespan("work-stealing"));
    println!("static-split   {split:7.1} ms");
    println!("work-stealing  {stealing:7.1} ms");
    println!("ratio          {:7.2}   (bound 1.6 on two cores)", split / stealing);
}
