package auth

import (
	"context"
	"errors"
	"testing"

	"carillon/models"
)

func TestAllows(t *testing.T) {
	t.Parallel()
	all := []models.Scope{models.ScopeAdmin, models.ScopeManage, models.ScopePublish, models.ScopeRead}
	tests := map[models.Scope][]models.Scope{
		models.ScopeAdmin:   all,
		models.ScopeManage:  {models.ScopeManage, models.ScopeRead},
		models.ScopePublish: {models.ScopePublish},
		models.ScopeRead:    {models.ScopeRead},
	}
	for has, want := range tests {
		p := &Principal{Scopes: []models.Scope{has}}
		allowed := map[models.Scope]bool{}
		for _, scope := range want {
			allowed[scope] = true
		}
		for _, scope := range all {
			if got := p.Allows(scope); got != allowed[scope] {
				t.Errorf("a key with %s allows %s: %v", has, scope, got)
			}
			wantCode := models.CodeForbidden
			if allowed[scope] {
				wantCode = ""
			}
			if err := p.Need(scope); err != nil && models.CodeOf(err) != wantCode || err == nil && wantCode != "" {
				t.Errorf("a key with %s that needs %s: %v", has, scope, err)
			}
		}
		if p.Allows() != (has == models.ScopeAdmin) {
			t.Errorf("a key with %s is allowed what no scope allows", has)
		}
	}
}

func TestNobody(t *testing.T) {
	t.Parallel()
	p := From(context.Background())
	tenant := models.NewID(models.PrefixTenant)
	if p != nil || p.Allows(models.ScopeRead) || p.Sees(tenant) {
		t.Fatal("nobody may do something")
	}
	_, errTenant := p.Tenant("tenantId", &tenant)
	_, errFilter := p.Filter(nil)
	for _, err := range []error{p.Need(models.ScopeRead), errTenant, errFilter} {
		if models.CodeOf(err) != models.CodeUnauthenticated {
			t.Errorf("nobody gets %v", err)
		}
	}
}

func TestTenantWall(t *testing.T) {
	t.Parallel()
	own, other := models.NewID(models.PrefixTenant), models.NewID(models.PrefixTenant)
	admin := System()
	tenant := &Principal{TenantID: &own, Scopes: []models.Scope{models.ScopeManage}}

	if !admin.Sees(own) || !admin.Sees(other) || !tenant.Sees(own) || tenant.Sees(other) {
		t.Error("Sees is wrong")
	}
	if got, err := tenant.Tenant("tenantId", nil); err != nil || got != own {
		t.Errorf("a tenant's key implies %v, %v", got, err)
	}
	if got, err := tenant.Tenant("tenantId", &own); err != nil || got != own {
		t.Errorf("a tenant's key that names its own: %v, %v", got, err)
	}
	if _, err := tenant.Tenant("tenantId", &other); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("a tenant's key that names another: %v", err)
	}
	if got, err := admin.Tenant("tenantId", &other); err != nil || got != other {
		t.Errorf("an administrator that names a tenant: %v, %v", got, err)
	}
	_, err := admin.Tenant("input.tenantId", nil)
	var e *models.Error
	if !errors.As(err, &e) || e.Code != models.CodeBadUserInput || e.Field != "input.tenantId" {
		t.Errorf("an administrator that names none: %v", err)
	}
	if got, err := admin.Filter(nil); err != nil || got != nil {
		t.Errorf("an administrator's list: %v, %v", got, err)
	}
	if got, err := tenant.Filter(nil); err != nil || *got != own {
		t.Errorf("a tenant's list: %v, %v", got, err)
	}
	if _, err := tenant.Filter(&other); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("a tenant's list of another: %v", err)
	}
}

// A key without a tenant that lacks ADMIN cannot be made; were there one, it
// would see nothing.
func TestKeyWithoutTenantOrAdmin(t *testing.T) {
	t.Parallel()
	stray := &Principal{Scopes: []models.Scope{models.ScopeRead}}
	if stray.Sees(models.NewID(models.PrefixTenant)) {
		t.Error("it sees a tenant")
	}
	if _, err := stray.Filter(nil); models.CodeOf(err) != models.CodeForbidden {
		t.Errorf("its list is not limited: %v", err)
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	p := System()
	if got := From(With(context.Background(), p)); got != p {
		t.Errorf("got %v", got)
	}
	if got := From(With(context.Background(), nil)); got != nil {
		t.Errorf("got %v", got)
	}
}
