//! `estate approve`.

use std::path::PathBuf;

use crate::approval::sign;
use crate::args::ApproveArgs;
use crate::connect::holder;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::Screen;

/// Signs that somebody approves a saved plan.
pub(super) fn run(args: &ApproveArgs, screen: Screen) -> Result<Exit, Failure> {
    let plan = super::saved::read(&args.plan)?;
    let by = match &args.by {
        Some(by) => by.clone(),
        None => holder("approve").user,
    };
    let approval = sign(&plan.digest, &by, args.key.as_deref())?;
    let path = args.out.clone().unwrap_or_else(|| {
        let mut name = args.plan.clone().into_os_string();
        name.push(format!(".{by}.approval"));
        PathBuf::from(name)
    });
    let text = serde_json::to_string_pretty(&approval).unwrap_or_default();
    crate::file::write(&path, &text)?;
    if screen.json {
        screen.say_json(&approval);
    } else {
        screen.say(format!(
            "{by} approves plan {}: {}",
            plan.digest,
            path.display()
        ));
    }
    Ok(Exit::Done)
}
