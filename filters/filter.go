// Package filters owns the conditions of webhooks: CEL over an event. It checks
// them when they are saved and evaluates them when events are routed, within
// bounds that no condition can leave. It refuses to change or to reach anything.
package filters

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/ext"

	"carillon/models"
)

// Bounds of one filter. A filter runs while a publisher waits for its answer.
const (
	// MaxSource is the longest filter, in bytes.
	MaxSource = 4 << 10
	// maxCost bounds one evaluation, in CEL's units: each is a step, or ten bytes
	// of a text that is compared or searched.
	maxCost = 20_000
	// maxNesting is how deep all, exists, map and filter may stand in each other.
	maxNesting = 2
	// interruptEvery is how many steps of a loop pass between two looks at the context.
	interruptEvery = 100
)

// Compiler checks and prepares filters. It is safe for concurrent use.
type Compiler struct{ env *cel.Env }

// NewCompiler makes a compiler. What a filter sees are type, version, entityId
// (empty for none), tags and data.
func NewCompiler() (*Compiler, error) {
	env, err := cel.NewEnv(
		cel.Variable("type", cel.StringType),
		cel.Variable("version", cel.StringType),
		cel.Variable("entityId", cel.StringType),
		cel.Variable("tags", cel.ListType(cel.StringType)),
		cel.Variable("data", cel.DynType),
		cel.OptionalTypes(),
		cel.CrossTypeNumericComparisons(true),
		ext.Strings(),
		cel.ParserExpressionSizeLimit(MaxSource),
		cel.ParserRecursionLimit(50),
		cel.ASTValidators(cel.ValidateComprehensionNestingLimit(maxNesting), cel.ValidateRegexLiterals(),
			cel.ValidateTimestampLiterals(), cel.ValidateDurationLiterals()),
	)
	if err != nil {
		return nil, fmt.Errorf("prepare filters: %w", err)
	}
	return &Compiler{env: env}, nil
}

// Filter is a condition that is ready to be evaluated. It is safe for concurrent use.
type Filter struct{ program cel.Program }

// Compile checks a filter. An error is BAD_USER_INPUT about "filter" that says
// where and what.
func (c *Compiler) Compile(source string) (*Filter, error) {
	switch {
	case strings.TrimSpace(source) == "":
		return nil, models.Invalid("filter", "is empty; give a condition such as data.total > 100, or null for every event")
	case len(source) > MaxSource:
		return nil, models.Invalid("filter", "has %d bytes; at most %d are allowed", len(source), MaxSource)
	}
	ast, issues := c.env.Compile(source)
	if issues.Err() != nil {
		return nil, invalid(issues)
	}
	if out := ast.OutputType(); !out.IsExactType(cel.BoolType) && !out.IsExactType(cel.DynType) {
		return nil, models.Invalid("filter", "gives %s, not true or false; compare it with something, as in data.total > 100", out)
	}
	program, err := c.env.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxCost), cel.InterruptCheckFrequency(interruptEvery))
	if err != nil {
		return nil, models.Invalid("filter", "cannot be used: %v", err)
	}
	return &Filter{program: program}, nil
}

// invalid lists what is wrong, each with its place.
func invalid(issues *cel.Issues) error {
	const most = 5
	var lines []string
	for i, e := range issues.Errors() {
		if i == most {
			lines = append(lines, fmt.Sprintf("and %d more", len(issues.Errors())-most))
			break
		}
		lines = append(lines, shown(e))
	}
	return models.Invalid("filter", "%s", strings.Join(lines, "; "))
}

// shown tells columns from 1, as editors do.
func shown(e *common.Error) string {
	return fmt.Sprintf("line %d, column %d: %s", e.Location.Line(), e.Location.Column()+1, inWords(e.Message))
}

// errNotBool says that the condition came to something else.
var errNotBool = errors.New("the filter gives neither true nor false")

// Match says whether the event meets the condition. An error means that it
// could not be told, for a missing field for instance; such an event does not
// match. ctx bounds the evaluation.
func (f *Filter) Match(ctx context.Context, e *Input) (bool, error) {
	out, _, err := f.program.ContextEval(ctx, e)
	if err != nil {
		return false, err
	}
	yes, ok := out.Value().(bool)
	if !ok {
		return false, errNotBool
	}
	return yes, nil
}
