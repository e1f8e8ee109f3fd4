//! Every message about a wrong scenario, as the person sees it. `BLESS=1 cargo test golden` rewrites the expected texts
//! in `golden/`; read the difference before it is committed.

use std::fmt::Write as _;
use std::path::Path;

use tasklane::lang::Lang;
use tasklane::model;
use tasklane::scenario::read;

#[test]
fn scenario_problems_in_english() {
    check("scenario-problems.txt", Lang::En);
}

#[test]
fn scenario_problems_in_portuguese() {
    check("scenario-problems.pt-BR.txt", Lang::PtBr);
}

fn check(file: &str, lang: Lang) {
    let models = model::all().map(|model| model.id).collect::<Vec<_>>().join(", ");
    let mut actual = String::new();
    for (name, text) in CASES {
        let text = text.replace("STEPS", MINIMAL_STEPS).replace("HEAD\n", HEAD).replace("EGG\n", EGG);
        let problems = match read::read("my.toml", &text) {
            Ok(_) => panic!("`{name}` is accepted:\n{text}"),
            Err(problems) => problems.render(lang).replace(&models, "ALL MODELS"),
        };
        writeln!(actual, "==== {name}\n{problems}").unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden").join(file);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    for (actual, expected) in actual.split("==== ").zip(expected.split("==== ")) {
        assert_eq!(actual, expected, "{file} differs");
    }
    assert_eq!(actual, expected, "{file} differs in its number of cases");
}

const HEAD: &str = "format = 1\ntitle = \"T\"\nmodels = [\"threads\"]\n";
const EGG: &str = "[[task]]\nname = \"egg\"\nsteps = [{ io = \"1s\" }]\n";
const MINIMAL_STEPS: &str = "steps = [{ cpu = \"5ms\" }]";

/// `HEAD`, `EGG` and `STEPS` stand for what is right.
const CASES: &[(&str, &str)] = &[
    ("not TOML", "format = 1\ntitle = Boiling eggs\n"),
    ("an unclosed text", "format = 1\ntitle = \"Boiling\n"),
    ("a key twice", "HEAD\ntitle = \"again\"\nEGG\n"),
    ("nothing at all", ""),
    ("no format", "title = \"T\"\nmodels = [\"threads\"]\nEGG\n"),
    ("a newer format", "format = 2\ntitle = \"T\"\nmodels = [\"threads\"]\nEGG\n"),
    ("an unknown key", "HEAD\ncolour = 1\nEGG\n"),
    ("a misspelt key", "HEAD\nsumary = \"s\"\nEGG\n"),
    ("a misspelt key of a task", "HEAD\n[[task]]\nname = \"egg\"\ncout = 3\nSTEPS\n"),
    ("a misspelt key of the machine", "HEAD\n[machine]\ncore = 1\nEGG\n"),
    ("an empty title", "format = 1\ntitle = \" \"\nmodels = [\"threads\"]\nEGG\n"),
    ("a title that is a number", "format = 1\ntitle = 3\nmodels = [\"threads\"]\nEGG\n"),
    ("no models", "format = 1\ntitle = \"T\"\nmodels = []\nEGG\n"),
    ("models left out", "format = 1\ntitle = \"T\"\nEGG\n"),
    ("an unknown model", "format = 1\ntitle = \"T\"\nmodels = [\"sequential\", \"thread\"]\nEGG\n"),
    ("a misspelt model of an imagined computer", "format = 1\ntitle = \"T\"\nmodels = [\"python-asynci\"]\nEGG\n"),
    ("a model twice", "format = 1\ntitle = \"T\"\nmodels = [\"threads\", \"threads\"]\nEGG\n"),
    ("models as a text", "format = 1\ntitle = \"T\"\nmodels = \"threads\"\nEGG\n"),
    ("0 workers", "format = 1\ntitle = \"T\"\nmodels = [{ model = \"thread-pool\", workers = 0 }]\nEGG\n"),
    ("a misspelt parameter", "format = 1\ntitle = \"T\"\nmodels = [{ model = \"thread-pool\", worker = 2 }]\nEGG\n"),
    ("a parameter of nobody", "format = 1\ntitle = \"T\"\nmodels = [{ model = \"sequential\", workers = 2 }]\nEGG\n"),
    (
        "a switch interval of half a microsecond",
        "format = 1\ntitle = \"T\"\nmodels = [{ model = \"gil-threads\", switch_interval = \"10.5us\" }]\nEGG\n",
    ),
    ("an unknown engine", "HEAD\nengine = \"mesured\"\nEGG\n"),
    ("0 cores", "HEAD\n[machine]\ncores = 0\nEGG\n"),
    ("too many cores", "HEAD\n[machine]\ncores = 100000\nEGG\n"),
    ("half a core", "HEAD\n[machine]\ncores = 1.5\nEGG\n"),
    ("a negative seed", "HEAD\n[machine]\nseed = -1\nEGG\n"),
    ("an unknown scheduler", "HEAD\n[machine]\nscheduler = \"roundrobin\"\nEGG\n"),
    ("an interval of nothing", "HEAD\n[machine]\ngil_interval = \"0ns\"\nideal = true\nEGG\n"),
    ("a quantum of nothing", "HEAD\n[machine]\nquantum = \"0ms\"\nEGG\n"),
    ("ideal as a text", "HEAD\n[machine]\nideal = \"yes\"\nEGG\n"),
    ("a channel without room", "HEAD\n[channels.orders]\ncapacity = 0\nEGG\n"),
    ("an unknown handoff", "HEAD\n[locks.pan]\nhandoff = \"lifo\"\nEGG\n"),
    ("no task", "HEAD\n"),
    ("an empty list of tasks", "HEAD\ntask = []\n"),
    ("a task in single brackets", "HEAD\n[task]\nname = \"egg\"\nSTEPS\n"),
    ("a task without a name", "HEAD\n[[task]]\nSTEPS\n"),
    ("a task with an empty name", "HEAD\n[[task]]\nname = \"\"\nSTEPS\n"),
    ("a name with a slash", "HEAD\n[[task]]\nname = \"../egg\"\nSTEPS\n"),
    ("two tasks of one name", "HEAD\nEGG\nEGG\n"),
    (
        "a task with the name of one of many",
        "HEAD\n[[task]]\nname = \"egg\"\ncount = 12\nSTEPS\n[[task]]\nname = \"egg-12\"\nSTEPS\n\
         [[task]]\nname = \"egg-13\"\nSTEPS\n[[task]]\nname = \"egg-02\"\nSTEPS\n",
    ),
    ("0 tasks", "HEAD\n[[task]]\nname = \"egg\"\ncount = 0\nSTEPS\n"),
    ("-3 tasks", "HEAD\n[[task]]\nname = \"egg\"\ncount = -3\nSTEPS\n"),
    ("10^9 tasks", "HEAD\n[[task]]\nname = \"egg\"\ncount = 1_000_000_000\nSTEPS\n"),
    (
        "too many tasks together",
        "HEAD\n[[task]]\nname = \"egg\"\ncount = 9_000_000\nSTEPS\n[[task]]\nname = \"pan\"\ncount = 9_000_000\nSTEPS\n",
    ),
    ("no steps", "HEAD\n[[task]]\nname = \"egg\"\nsteps = []\n"),
    ("steps left out", "HEAD\n[[task]]\nname = \"egg\"\n"),
    ("an unknown step", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ cpus = \"5ms\" }]\n"),
    ("an empty step", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{}]\n"),
    ("two steps in one", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ cpu = \"5ms\", io = \"5ms\" }]\n"),
    ("a key of another step", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ cpu = \"5ms\", via = \"timer\" }]\n"),
    ("a step that is a text", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [\"cpu\"]\n"),
    ("an unknown kernel", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ cpu = \"5ms\", kernel = \"sha265\" }]\n"),
    ("an unknown unit", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ cpu = \"5 parsecs\" }]\n"),
    ("a misspelt unit", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ cpu = \"5 minutes\" }]\n"),
    ("no unit", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ cpu = \"5\" }]\n"),
    ("a bare number", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ cpu = 5 }]\n"),
    ("a negative duration", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ cpu = \"-5ms\" }]\n"),
    ("an infinite duration", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ io = \"inf s\" }]\n"),
    ("a duration of ages", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ io = \"99999999999999s\" }]\n"),
    ("a duration of centuries", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ io = \"5000000000s\" }]\n"),
    ("reversed bounds", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ io = { uniform = [\"600ms\", \"200ms\"] } }]\n"),
    ("one bound", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ io = { uniform = [\"600ms\"] } }]\n"),
    ("an unknown distribution", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ io = { gauss = [\"1s\", \"1s\"] } }]\n"),
    ("a shape that is no number", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ io = { pareto = [\"1s\", nan] } }]\n"),
    ("a shape too heavy", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ io = { pareto = [\"1s\", 0.01] } }]\n"),
    ("an unknown size", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ cpu = \"5ms\", size = \"2kib\" }]\n"),
    ("a size of nothing", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ cpu = \"5ms\", size = \"0B\" }]\n"),
    (
        "a size that no kernel can hold",
        "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ cpu = \"5ms\", kernel = \"sum\", size = \"64GiB\" }]\n",
    ),
    ("a step that is a text", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [\"cpu 5ms\"]\n"),
    ("a step by another name", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ sleep = \"1s\" }]\n"),
    ("an arrival in words", "HEAD\n[[task]]\nname = \"egg\"\narrive = \"every 5ms\"\nSTEPS\n"),
    ("a payload in a unit there is not", "HEAD\n[[task]]\nname = \"egg\"\npayload = \"2TiB\"\nSTEPS\n"),
    ("a payload too large in any unit", "HEAD\n[[task]]\nname = \"egg\"\npayload = \"99999999TiB\"\nSTEPS\n"),
    ("a payload too large for any count", "HEAD\n[[task]]\nname = \"egg\"\npayload = \"99999999999GiB\"\nSTEPS\n"),
    ("a payload too large", "HEAD\n[[task]]\nname = \"egg\"\npayload = \"999GiB\"\nSTEPS\n"),
    ("yield = false", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ yield = false }]\n"),
    ("a rate of 0", "HEAD\n[[task]]\nname = \"egg\"\narrive = { rate = 0.0 }\nSTEPS\n"),
    ("an infinite rate", "HEAD\n[[task]]\nname = \"egg\"\narrive = { rate = inf }\nSTEPS\n"),
    ("a gap of 0", "HEAD\n[[task]]\nname = \"egg\"\narrive = { every = \"0ms\" }\nSTEPS\n"),
    ("two kinds of arrival", "HEAD\n[[task]]\nname = \"egg\"\narrive = { every = \"1ms\", rate = 1 }\nSTEPS\n"),
    ("a priority out of bounds", "HEAD\n[[task]]\nname = \"egg\"\npriority = 9999999999\nSTEPS\n"),
    ("after an unknown task", "HEAD\nEGG\n[[task]]\nname = \"serve\"\nafter = [\"eggs\"]\nSTEPS\n"),
    ("after an unknown task where there is no other", "HEAD\n[[task]]\nname = \"egg\"\nafter = [\"eggs\"]\nSTEPS\n"),
    ("after itself", "HEAD\n[[task]]\nname = \"egg\"\nafter = [\"egg\"]\nSTEPS\n"),
    (
        "a circle of tasks",
        "HEAD\nEGG\n[[task]]\nname = \"a\"\nafter = [\"egg\", \"c\"]\nSTEPS\n[[task]]\nname = \"b\"\nafter = [\"a\"]\nSTEPS\n[[task]]\nname = \"c\"\nafter = [\"b\"]\nSTEPS\n",
    ),
    ("the same predecessor twice", "HEAD\nEGG\n[[task]]\nname = \"a\"\nafter = [\"egg\", \"egg\"]\nSTEPS\n"),
    ("a repeat of 0", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ repeat = 0, steps = [{ cpu = \"1ms\" }] }]\n"),
    ("a repeat of nothing", "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ repeat = 2, steps = [] }]\n"),
    (
        "repeats of 10^9 in each other",
        "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ repeat = 100_000_000, steps = [{ repeat = 100_000_000, steps = [{ repeat = 100_000_000, steps = [{ yield = true }] }] }] }]\n",
    ),
    (
        "a repeat of 10^9",
        "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ repeat = 1_000_000_000, steps = [{ yield = true }] }]\n",
    ),
    (
        "repeats nested too deep",
        "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ repeat = 1, steps = [{ yield = true }] }] }] }] }] }] }] }] }] }]\n",
    ),
    ("an arrival after a lifetime", "HEAD\n[[task]]\nname = \"egg\"\narrive = \"4604256000s\"\nSTEPS\n"),
    (
        "many gaps of years",
        "HEAD\n[[task]]\nname = \"egg\"\ncount = 1_000_000\narrive = { every = \"5000s\" }\nSTEPS\n",
    ),
    ("many long tasks", "HEAD\n[[task]]\nname = \"egg\"\ncount = 1_000_000\nsteps = [{ io = \"2000000s\" }]\n"),
    (
        "an unlock of what is not held",
        "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ lock = \"pan\" }, { unlock = \"pan\" }, { unlock = \"pan\" }]\n",
    ),
    (
        "an unlock that is not held from the second round on",
        "HEAD\n[[task]]\nname = \"egg\"\nsteps = [{ lock = \"pan\" }, { repeat = 3, steps = [{ unlock = \"pan\" }] }]\n",
    ),
    ("a variant without an id", "HEAD\nEGG\n[[variant]]\ntitle = \"One\"\nset = { \"machine.cores\" = 1 }\n"),
    (
        "two variants of one id",
        "HEAD\nEGG\n[[variant]]\nid = \"one\"\nset = { \"machine.cores\" = 1 }\n[[variant]]\nid = \"one\"\nset = { \"machine.cores\" = 2 }\n",
    ),
    ("a variant named as a model", "HEAD\nEGG\n[[variant]]\nid = \"threads\"\nset = { \"machine.cores\" = 1 }\n"),
    ("a variant that sets what it cannot", "HEAD\nEGG\n[[variant]]\nid = \"one\"\nset = { \"machin.cores\" = 1 }\n"),
    ("a variant that sets a whole table", "HEAD\nEGG\n[[variant]]\nid = \"one\"\nset = { machine = { cores = 1 } }\n"),
    ("a variant with an unknown key", "HEAD\nEGG\n[[variant]]\nid = \"one\"\nset = { \"machine.core\" = 1 }\n"),
    ("a variant with a wrong value", "HEAD\nEGG\n[[variant]]\nid = \"one\"\nset = { \"machine.cores\" = 0 }\n"),
    ("a variant with an abbreviated key", "HEAD\nEGG\n[[variant]]\nid = \"one\"\nset = { \"task.egg.cnt\" = 2 }\n"),
    ("a variant of an unknown task", "HEAD\nEGG\n[[variant]]\nid = \"one\"\nset = { \"task.eggs.count\" = 2 }\n"),
    ("a variant of another task", "HEAD\nEGG\n[[variant]]\nid = \"one\"\nset = { \"task.b.count\" = 2 }\n"),
    (
        "a variant of an unknown step",
        "HEAD\nEGG\n[[variant]]\nid = \"one\"\nset = { \"task.egg.steps.2.io\" = \"1s\" }\n",
    ),
    ("a variant that goes too deep", "HEAD\nEGG\n[[variant]]\nid = \"one\"\nset = { \"task.egg.name.x\" = 2 }\n"),
    (
        "a variant of an unknown model",
        "HEAD\nEGG\n[[variant]]\nid = \"one\"\nset = { models = [\"python-asincio\"] }\n",
    ),
    ("an unknown language", "HEAD\nEGG\n[text.pt]\ntitle = \"T\"\n"),
    ("a placeholder of an unknown model", "HEAD\nEGG\n[text.en]\nexplain = \"It took {sequential.makespan}.\"\n"),
    ("a placeholder of an unknown figure", "HEAD\nEGG\n[text.en]\nexplain = \"It took {threads.makespn}.\"\n"),
    ("a brace that stands alone", "HEAD\nEGG\n[text.en]\nexplain = \"It took {threads.makespan.\"\n"),
    (
        "a placeholder that does not say which variant",
        "HEAD\nEGG\n[[variant]]\nid = \"one\"\nset = { \"machine.cores\" = 1 }\n[text.en]\nexplain = \"{threads.makespan}\"\n",
    ),
    (
        "a title of an unknown variant",
        "HEAD\nEGG\n[[variant]]\nid = \"one\"\nset = {}\n[text.en]\nvariants = { two = \"Two\" }\n",
    ),
    ("an unknown chapter", "HEAD\nEGG\n[lesson]\nchapter = \"io\"\n"),
    ("an unknown question", "HEAD\nEGG\n[lesson]\nchapter = \"io-bound\"\nask = \"ranks\"\n"),
    ("an answer to no question", "HEAD\nEGG\n[lesson]\nchapter = \"io-bound\"\nask = \"rank\"\nanswer = 1\n"),
    (
        "an answer that is no choice",
        "HEAD\nEGG\n[lesson]\nchapter = \"io-bound\"\nask = \"choice\"\nchoices = [\"a\", \"b\"]\nanswer = 3\n",
    ),
    ("one choice", "HEAD\nEGG\n[lesson]\nchapter = \"io-bound\"\nask = \"choice\"\nchoices = [\"a\"]\nanswer = 1\n"),
    (
        "too few translated choices",
        "HEAD\nEGG\n[text.pt-BR]\nchoices = [\"a\"]\n[lesson]\nchapter = \"io-bound\"\nask = \"choice\"\nchoices = [\"a\", \"b\"]\nanswer = 1\n",
    ),
    ("a condition cut off", "HEAD\nEGG\n[lesson]\nchapter = \"io-bound\"\nholds = [\"threads.makespan <\"]\n"),
    (
        "a condition with a word too many",
        "HEAD\nEGG\n[lesson]\nchapter = \"io-bound\"\nholds = [\"threads.makespan < 1 s s\"]\n",
    ),
    ("a condition without a unit", "HEAD\nEGG\n[lesson]\nchapter = \"io-bound\"\nholds = [\"threads.makespan < 5\"]\n"),
    (
        "a condition on an unknown model",
        "HEAD\nEGG\n[lesson]\nchapter = \"io-bound\"\nholds = [\"event-loop.makespan < 5s\"]\n",
    ),
    (
        "a condition on one of two",
        "format = 1\ntitle = \"T\"\nmodels = [{ model = \"thread-pool\", workers = 1 }, { model = \"thread-pool\", workers = 2 }]\nEGG\n[lesson]\nchapter = \"io-bound\"\nholds = [\"thread-pool.makespan < 5s\"]\n",
    ),
    (
        "several at once",
        "HEAD\n[machine]\ncores = 0\n[[task]]\nname = \"egg\"\ncount = 0\nsteps = [{ cpu = { uniform = [\"2s\", \"1s\"] } }]\n",
    ),
    ("behind letters of two bytes", "HEAD\n[[task]]\nname = \"pão\"\nsteps = [{ print = \"ção\" }, { cpu = \"5\" }]\n"),
];
