//! How long loading takes as projects grow; run by `cargo bench -p config`.
//!
//! Each block has three references to others, one attribute read from another block, and a heredoc or
//! a few nested blocks. Times should double as the number of blocks does.
#![expect(clippy::print_stdout, reason = "numbers are the result")]

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, io};

use config::Inputs;

/// Writes a project of so many blocks.
fn project(blocks: usize) -> String {
    let mut text = String::from("variable \"prefix\" { default = \"x\" }\n");
    for at in 0..blocks {
        let (one, two, three) = (at / 2, at / 3, at * 7 % blocks);
        // Writing to a text cannot fail.
        let _ = match at % 3 {
            0 => write!(
                text,
                "role \"r{at}\" {{\n  name      = \"${{var.prefix}}_{at}\"\n  \
                 member_of = [role.r{}, role.r{}]\n  comment   = \"like ${{role.r{}}}\"\n}}\n",
                at / 6 * 3,
                at / 9 * 3,
                at * 7 / 3 % (blocks / 3) * 3
            ),
            1 => write!(
                text,
                "table \"t{at}\" {{\n  owner   = role.r{}\n  comment = upper(role.r{}.name)\n  \
                 like    = [table.t{}]\n  column \"id\" {{\n    type     = \"bigint\"\n    \
                 not_null = true\n  }}\n  column \"name\" {{ type = \"text\" }}\n}}\n",
                one / 3 * 3,
                two / 3 * 3,
                (three / 3 * 3 + 1) % (blocks / 3 * 3)
            ),
            _ => write!(
                text,
                "view \"v{at}\" {{\n  owner = role.r{}\n  query = <<-SQL\n    select *\n    \
                 from ${{table.t{}}} as a\n    join ${{table.t{}}} as b using (id)\n  SQL\n}}\n",
                one / 3 * 3,
                two / 3 * 3 + 1,
                three / 3 * 3 % (blocks / 3 * 3) + 1
            ),
        };
    }
    text
}

fn measure(folder: &Path, blocks: usize) -> io::Result<(Duration, usize)> {
    let text = project(blocks);
    fs::write(folder.join("main.hcl"), &text)?;
    let inputs = Inputs {
        dir: folder.to_owned(),
        ..Inputs::default()
    };
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        let loaded = config::load(&inputs);
        best = best.min(start.elapsed());
        assert_eq!(
            loaded.project.map(|project| project.declarations.len()),
            Some(blocks)
        );
    }
    Ok((best, text.len()))
}

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("config-load");
    fs::create_dir_all(&folder)?;
    println!(
        "{:>8} {:>11} {:>9} {:>9}",
        "blocks", "references", "bytes", "best of 5"
    );
    for blocks in [2_500, 5_000, 10_000, 20_000] {
        let (best, bytes) = measure(&folder, blocks / 3 * 3)?;
        println!(
            "{blocks:>8} {:>11} {bytes:>9} {:>7} ms",
            blocks * 3,
            best.as_millis()
        );
    }
    fs::remove_dir_all(&folder)
}
