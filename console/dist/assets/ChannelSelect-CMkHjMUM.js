import{r as e}from"./rolldown-runtime-XKyaHtl9.js";import{X as t,d as n,i as r,tt as i}from"./Waiting-C48HlERG.js";import{t as a}from"./Select-Bvlcvv42.js";import{I as o,a as s}from"./index-DSVR1wmo.js";import{L as c,P as l}from"./preload-helper-CjTIgT7h.js";var u=e(c(),1),d=l(),f=r(`
  query WebhookChannelChoices($filter: ChannelFilter) {
    channels(first: 50, filter: $filter) {
      nodes {
        id
        name
        kind
        template {
          id
        }
      }
    }
  }
`);function p({label:e,labelHidden:r,placeholder:c,tenantId:l,value:p,onChange:m,without:h=[],clearable:g,error:_,width:v}){let[y,b]=(0,u.useState)(``),[x]=o(y,200),S=x===p?.name?``:x,[{data:C,fetching:w},T]=n({query:f,variables:{filter:{tenantId:l,search:S||null}}}),E=(C?.channels.nodes??[]).filter(({id:e})=>e===p?.id||!h.includes(e)),D=p&&!E.some(({id:e})=>e===p.id)?[p,...E]:E,O=e=>D.find(t=>t.id===e)?.kind;return(0,d.jsx)(a,{label:r?void 0:e,"aria-label":r?e:void 0,placeholder:c,flex:v?void 0:`2 1 220px`,w:v,searchable:!0,clearable:g,clearButtonProps:{"aria-label":`${e}: any`},leftSection:p&&(0,d.jsx)(s,{kind:p.kind,size:16}),data:D.map(({id:e,name:t})=>({value:e,label:t})),filter:({options:e})=>e,renderOption:({option:e})=>{let n=O(e.value);return(0,d.jsxs)(i,{gap:8,wrap:`nowrap`,children:[n&&(0,d.jsx)(s,{kind:n,size:16}),(0,d.jsx)(t,{size:`sm`,lineClamp:1,dir:`auto`,children:e.label})]})},value:p?.id??null,onChange:e=>m(D.find(t=>t.id===e)??null),onSearchChange:b,onDropdownOpen:()=>T({requestPolicy:`network-only`}),nothingFoundMessage:w?`Looking…`:`No such channel`,error:_})}export{p as t};