package pgserver

import "syscall"

// tie makes the kernel end the process when the thread that started it ends.
func tie(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }
