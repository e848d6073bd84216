package testkit

import "syscall"

// tie makes the kernel kill the process when the thread that started it ends,
// also one that stands still.
func tie(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
