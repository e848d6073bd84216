import{r as e}from"./rolldown-runtime-XKyaHtl9.js";import{t}from"./Select-Bvlcvv42.js";import{I as n,u as r}from"./index-DSVR1wmo.js";import{L as i,P as a}from"./preload-helper-CjTIgT7h.js";import{d as o,i as s}from"./Waiting-C48HlERG.js";import{i as c}from"./Page-BA6X_q_v.js";var l=e(i(),1),u=a(),d=s(`
  query TenantFieldChoices($search: String) {
    tenants(first: 50, search: $search) {
      nodes {
        id
        name
      }
    }
  }
`);function f(){let{admin:e}=c(),{tenantId:t}=r(),[n,i]=(0,l.useState)(null),a=e&&!t;return{tenantId:a?n??void 0:t,missing:a&&!n,asks:a,choose:i}}function p({owner:e,error:r}){let[i,a]=(0,l.useState)(``),[s]=n(i,200),[{data:c,fetching:f}]=o({query:d,variables:{search:s||null},pause:!e.asks});if(!e.asks)return null;let p=c?.tenants.nodes??[];return(0,u.jsx)(t,{label:`Tenant`,description:`Whose it is. Choose a tenant at the top of the page to work in one for longer.`,placeholder:`Choose a tenant`,required:!0,searchable:!0,data:p.map(({id:e,name:t})=>({value:e,label:t})),filter:({options:e})=>e,value:e.tenantId??null,onChange:t=>e.choose(t),onSearchChange:e=>a(p.some(({name:t})=>t===e)?``:e),nothingFoundMessage:f?`Looking…`:`No tenant has this name`,error:r})}export{f as n,p as t};