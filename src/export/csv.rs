//! Every span of one run as CSV (RFC 4180), a row each; also how CSV fields are written, for `metrics_csv`.

use std::borrow::Cow;
use std::fmt::{self, Display, Write as _};
use std::io::{self, Write};

use super::{ExportError, Format, Options, Takes};
use crate::analysis::report_run::ReportRun;
use crate::lang::Text;
use crate::scenario::words;
use crate::trace::{Peer, Run};

pub static FORMAT: Format = Format {
    id: "csv",
    extension: "csv",
    label: Text::new("Spans (CSV)", "Intervalos (CSV)"),
    takes: Takes::OneRun,
    suffix: "",
    write,
};

fn write(runs: &[ReportRun], _: &Options, out: &mut dyn Write) -> Result<(), ExportError> {
    let run = &*runs[0].run;
    row(
        out,
        &[
            &"task",
            &"name",
            &"state",
            &"cause",
            &"start_ns",
            &"end_ns",
            &"worker",
            &"core",
            &"peer",
            &"resource",
            &"engine",
        ],
    )?;
    let engine = words::word(&words::ENGINES, &run.engine);
    for task in 0..run.trace.tasks() {
        let task = crate::trace::Task(task);
        let name = run.task_name(task);
        for span in run.trace.spans_of(task) {
            row(
                out,
                &[
                    &task.0,
                    &name,
                    &span.state.id(),
                    &span.cause.id(),
                    &span.start.0,
                    &span.end.0,
                    &field(span.worker.get().map(|worker| worker_name(run, worker))),
                    &field(span.core.get()),
                    &peer_name(run, span.peer),
                    &field(span.resource.get().and_then(|resource| run.resources.get(resource))),
                    &engine,
                ],
            )?;
        }
    }
    Ok(())
}

fn worker_name(run: &Run, worker: usize) -> Cow<'_, str> {
    run.workers.get(worker).map_or_else(|| worker.to_string().into(), |info| info.name.as_str().into())
}

fn peer_name(run: &Run, peer: Peer) -> Cow<'_, str> {
    match (peer.as_task(), peer.as_worker()) {
        (Some(task), _) => run.task_name(task).into(),
        (None, Some(worker)) => worker_name(run, worker.0 as usize),
        (None, None) => "".into(),
    }
}

/// An unknown value is an empty field.
pub(super) fn known<T: Display>(value: Option<T>) -> String {
    field(value).to_string()
}

/// The same for rows of which there are millions: nothing is kept.
fn field<T: Display>(value: Option<T>) -> impl Display {
    fmt::from_fn(move |f| value.as_ref().map_or(Ok(()), |value| value.fmt(f)))
}

/// One record, its fields quoted where they must be.
pub(super) fn row(out: &mut dyn Write, fields: &[&dyn Display]) -> io::Result<()> {
    let mut record = String::with_capacity(128);
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            record.push(',');
        }
        let from = record.len();
        write!(record, "{field}").expect("a string takes everything");
        if record[from..].contains(['"', ',', '\r', '\n']) {
            let quoted = record[from..].replace('"', "\"\"");
            record.replace_range(from.., &format!("\"{quoted}\""));
        }
    }
    record.push_str("\r\n");
    out.write_all(record.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let check = |fields: &[&dyn Display], expected: &str| {
            let mut out = Vec::new();
            row(&mut out, fields).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(&[&"egg-1", &5, &""], "egg-1,5,\r\n");
        check(&[&"a,b", &"say \"hi\"", &"two\nlines"], "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n");
    }
}
