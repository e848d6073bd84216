package app

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// ForTerminal says whether the command line runs a command that is of no use
// without the terminal that it was started from.
func ForTerminal(args []string) bool {
	return len(args) > 0 && slices.Contains([]string{"publish", "listen", "attempts"}, args[0])
}

// helpAsFlag makes `help publish` of what people try first: `publish --help`.
func helpAsFlag(args []string) []string {
	if len(args) == 0 || args[0] != "help" {
		return args
	}
	return append(slices.Clone(args[1:]), "--help")
}

// wrongCommand is an error about the first word that is no command, with the
// nearest that is one; nil where the words are commands.
func wrongCommand(node *kong.Node, args []string) error {
	for _, word := range args {
		if strings.HasPrefix(word, "-") || len(node.Children) == 0 {
			return nil
		}
		i := slices.IndexFunc(node.Children, func(c *kong.Node) bool { return c.Name == word })
		if i < 0 {
			return unknownCommand(node, word)
		}
		node = node.Children[i]
	}
	return nil
}

func unknownCommand(node *kong.Node, word string) error {
	var names []string
	for _, child := range node.Children {
		if !child.Hidden {
			names = append(names, child.Name)
		}
	}
	at := strings.TrimSpace(node.FullPath())
	if near := nearest(word, names); near != "" {
		return fmt.Errorf("unexpected argument %s; did you mean %s %s?", word, at, near)
	}
	return fmt.Errorf("unexpected argument %s; the commands of %s are %s", word, at, strings.Join(names, ", "))
}

// The examples that --help shows below each command.

// Help is shown by --help.
func (*serveCommand) Help() string {
	return `Examples:

    carillon
    CARILLON_ALLOW_NETWORKS=127.0.0.0/8 carillon serve --listen :8080
    carillon serve --print-config`
}

// Help is shown by --help.
func (*demoCommand) Help() string {
	return `It takes no settings, needs no network, and leaves nothing behind.

Examples:

    carillon demo
    carillon demo --listen 127.0.0.1:9090`
}

// Help is shown by --help.
func (*migrateCommand) Help() string {
	return `Examples:

    carillon migrate
    carillon migrate status
    carillon migrate rekey --check
    carillon migrate rekey`
}

// Help is shown by --help.
func (*backupCommand) Help() string {
	return `The copy is as the database was at one moment; the server goes on. It is private to you, and holds no trace of what was erased.

Examples:

    carillon backup backups/monday.db
    CARILLON_DATABASE_URL=sqlite:/var/lib/carillon/carillon.db carillon backup /mnt/backup/carillon-$(date +%F).db`
}

// Help is shown by --help.
func (*tenantExportCommand) Help() string {
	return `One JSON object a line: the tenant, its templates, channels, webhooks, and its events if they are asked for. Keys, deliveries and attempts are not in it.

Examples:

    carillon tenant export tnt_… --events > acme.jsonl
    carillon tenant export tnt_… --since 720h --secrets --out acme.jsonl`
}

// Help is shown by --help.
func (*tenantImportCommand) Help() string {
	return `What is there already is left as it is, so that an import can be repeated. Without their secrets in the file, channels are paused.

Examples:

    carillon tenant import acme.jsonl
    carillon tenant import acme.jsonl --tenant tnt_…
    ssh old carillon tenant export tnt_… --events | carillon tenant import -`
}

// Help is shown by --help.
func (*keyCreateCommand) Help() string {
	return `Examples:

    carillon key create --name rescue
    carillon key create --name shop --tenant tnt_… --scope PUBLISH --scope READ --expires 720h`
}

// Help is shown by --help.
func (*templateRenderCommand) Help() string {
	return `Examples:

    carillon template render slack.body.tmpl
    carillon template render email.subject.tmpl email.html.tmpl --event order.json
    echo '{"total": 12}' | carillon template render total.sms.text.tmpl --event -`
}

// Help is shown by --help.
func (versionCommand) Help() string {
	return `Example:

    carillon version`
}

// Help is shown by --help.
func (*publishCommand) Help() string {
	return `Prints the event's id, and to standard error how many deliveries it made.

Examples:

    carillon publish contact.created --data '{"firstName": "Ada"}' --entity CONT-1
    carillon publish order.paid --data @order.json --key order-4711
    curl -s https://example.com/order | carillon publish order.paid --data -
    carillon publish contact.created --example
    carillon publish contact.created --data @contacts.jsonl --many --key import-1
    carillon publish --data @events.jsonl --many`
}

// Help is shown by --help.
func (*listenCommand) Help() string {
	return `Each event is one line. A lost connection is opened again where it was, with no gap and no repeat. Ctrl-C ends it.

Examples:

    carillon listen
    carillon listen --types 'contact.*,order.paid' --since 10m
    carillon listen --forward-to http://localhost:3000/webhooks
    carillon listen --json | jq .data`
}

// Help is shown by --help.
func (*attemptsCommand) Help() string {
	return `The newest attempts, the newest one last.

Examples:

    carillon attempts
    carillon attempts --status failed --follow
    carillon attempts --channel warehouse --from 1h --bodies
    carillon attempts --event evt_… --json`
}

// Help is shown by --help.
func (*completionCommand) Help() string {
	return `Examples:

    source <(carillon completion bash)
    carillon completion zsh > "${fpath[1]}/_carillon"
    carillon completion fish > ~/.config/fish/completions/carillon.fish`
}

// Help is shown by --help.
func (*doctorCommand) Help() string {
	return `Each check is a line: ok, warning, failed or skipped, what was found, and what to do. It changes nothing; the canary makes a tenant for itself and deletes it. The exit code is 1 where something failed.

Examples:

    carillon doctor
    carillon doctor --canary --json | jq .ok
    carillon doctor --ready`
}
