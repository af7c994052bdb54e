//! The property that matters: from any live catalog, towards any desired catalog, in any order the
//! graph allows, stopping after any step and planning again, the platform ends equal to desired, no
//! step is ever refused, and a further plan is empty.

mod convergence;
mod world;
